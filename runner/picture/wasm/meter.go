package wasm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
)

// The sections of a module that metering changes.
//
// Source: WebAssembly Core Specification 2.0, section 5, Binary Format.
const (
	sectionCustom  = 0
	sectionType    = 1
	sectionImport  = 2
	sectionGlobal  = 6
	sectionExport  = 7
	sectionStart   = 8
	sectionElement = 9
	sectionCode    = 10
)

// loopMeter rewrites a module so that its loops call a function of the host now and then. Between
// calls the garbage collector cannot stop an instance, and nothing can end it. wazero can insert
// such calls itself, but into every turn of every loop, which takes much longer.
//
// It adds an import, pause, which is the last one: the numbers of the module's own functions
// grow by one. And it adds a global, the turns that are left until pause is called again.
type loopMeter struct {
	imports, types, globals uint64
	imported, counted       bool // the sections of imports and of globals were seen
}

// Names of the function that loops call: it returns the turns until the next call.
const (
	pauseModule = "montage"
	pauseName   = "pause"
)

// metered returns the module with calls of pause.
func metered(module []byte) (out []byte, err error) {
	const header = 8
	if len(module) < header {
		return nil, errors.New("no WebAssembly module")
	}
	out = bytes.Clone(module[:header])
	var m loopMeter
	for r := (moduleReader{rest: module[header:]}); len(r.rest) > 0; {
		id := r.byte()
		content := r.take(r.number())
		if r.bad {
			return nil, errors.New("a section ends too early")
		}
		if id == sectionCustom { // names, for debuggers
			continue
		}
		if content, err = m.section(id, content); err != nil {
			return nil, fmt.Errorf("section %d: %w", id, err)
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(content))), content...)
		m.imported = m.imported || id == sectionImport
		m.counted = m.counted || id == sectionGlobal
	}
	if !m.imported || !m.counted {
		return nil, errors.New("no section of imports, or of globals, to add to")
	}
	return out, nil
}

func (m *loopMeter) section(id byte, content []byte) ([]byte, error) {
	r := &moduleReader{rest: content}
	switch id {
	case sectionType: // a function without arguments that returns an i32
		m.types = r.number()
		return append(binary.AppendUvarint(nil, m.types+1), append(r.rest, 0x60, 0, 1, 0x7f)...), nil
	case sectionImport:
		return m.importSection(r)
	case sectionGlobal: // an i32 that can change and is 0
		m.globals = r.number()
		return append(binary.AppendUvarint(nil, m.globals+1), append(r.rest, 0x7f, 1, 0x41, 0, 0x0b)...), nil
	case sectionExport:
		return m.exportSection(r)
	case sectionStart:
		return m.function(nil, r), r.err()
	case sectionElement:
		return m.elementSection(r)
	case sectionCode:
		return m.codeSection(r)
	}
	return content, nil
}

// function copies the number of a function, in the new count.
func (m *loopMeter) function(out []byte, r *moduleReader) []byte {
	n := r.number()
	if n >= m.imports {
		n++
	}
	return binary.AppendUvarint(out, n)
}

func (m *loopMeter) importSection(r *moduleReader) ([]byte, error) {
	m.imports = r.number()
	out := binary.AppendUvarint(nil, m.imports+1)
	all := r.rest
	for range m.imports {
		r.take(r.number())
		r.take(r.number())
		if kind := r.byte(); kind != 0 {
			return nil, errors.New("imports other than functions")
		}
		if r.number(); r.bad {
			return nil, r.err()
		}
	}
	out = append(out, all...)
	for _, name := range []string{pauseModule, pauseName} {
		out = append(binary.AppendUvarint(out, uint64(len(name))), name...)
	}
	return binary.AppendUvarint(append(out, 0), m.types), r.err()
}

func (m *loopMeter) exportSection(r *moduleReader) ([]byte, error) {
	n := r.number()
	out := binary.AppendUvarint(nil, n)
	for range n {
		name := r.take(r.number())
		out = append(binary.AppendUvarint(out, uint64(len(name))), name...)
		kind := r.byte()
		out = append(out, kind)
		if kind == 0 {
			out = m.function(out, r)
		} else {
			out = binary.AppendUvarint(out, r.number())
		}
		if r.bad {
			break
		}
	}
	return out, r.err()
}

// elementSection copies lists of functions that stand in the one table from a constant on.
func (m *loopMeter) elementSection(r *moduleReader) ([]byte, error) {
	n := r.number()
	out := binary.AppendUvarint(nil, n)
	for range n {
		if r.number() != 0 || r.byte() != opI32Const {
			return nil, errors.New("an element of another kind than functions from a constant on")
		}
		out = append(append(append(out, 0, opI32Const), r.leb()...), r.byte())
		functions := r.number()
		out = binary.AppendUvarint(out, functions)
		for range functions {
			if out = m.function(out, r); r.bad {
				return nil, r.err()
			}
		}
	}
	return out, r.err()
}

func (m *loopMeter) codeSection(r *moduleReader) ([]byte, error) {
	n := r.number()
	out := binary.AppendUvarint(nil, n)
	for range n {
		body, err := m.body(&moduleReader{rest: r.take(r.number())})
		if err != nil || r.bad {
			return nil, cmp.Or(err, r.err())
		}
		out = append(binary.AppendUvarint(out, uint64(len(body))), body...)
	}
	return out, r.err()
}

// turn is what a loop begins with: if the turns are at an end, get new ones from pause; take one.
func (m *loopMeter) turn(out []byte) []byte {
	global := binary.AppendUvarint(nil, m.globals)
	get, set := append([]byte{opGlobalGet}, global...), append([]byte{opGlobalSet}, global...)
	out = append(append(out, get...), opI32Eqz, opIf, blockEmpty, opCall)
	out = append(binary.AppendUvarint(out, m.imports), set...)
	out = append(append(out, opEnd), get...)
	return append(append(out, opI32Const, 1, opI32Sub), set...)
}
