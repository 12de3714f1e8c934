package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Instructions that metering writes or has to know, and a block without result.
const (
	opLoop      = 0x03
	opIf        = 0x04
	opEnd       = 0x0b
	opBrTable   = 0x0e
	opCall      = 0x10
	opSelect    = 0x1c // with types
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opI32Const  = 0x41
	opF32Const  = 0x43
	opF64Const  = 0x44
	opI32Eqz    = 0x45
	opI32Sub    = 0x6b
	opRefFunc   = 0xd2
	opMore      = 0xfc // another number follows
	blockEmpty  = 0x40
)

// body copies a function, with a turn at the start of each loop.
func (m *loopMeter) body(r *moduleReader) (out []byte, err error) {
	locals := r.number()
	out = binary.AppendUvarint(out, locals)
	for range locals {
		out = append(append(out, r.leb()...), r.byte())
		if r.bad {
			return nil, r.err()
		}
	}
	for len(r.rest) > 0 && !r.bad {
		op := r.byte()
		out = append(out, op)
		switch op {
		case opCall, opRefFunc:
			out = m.function(out, r)
		case opLoop:
			out = m.turn(append(out, r.leb()...))
		default:
			if out, err = r.operands(out, op); err != nil {
				return nil, err
			}
		}
	}
	return out, r.err()
}

// operands copies what follows an instruction.
func (r *moduleReader) operands(out []byte, op byte) ([]byte, error) {
	numbers := 0
	switch {
	case op == opBrTable:
		n := r.number()
		out = binary.AppendUvarint(out, n)
		numbers = int(min(n, uint64(len(r.rest)))) + 1
	case op == opSelect:
		n := r.number()
		return append(binary.AppendUvarint(out, n), r.take(n)...), nil
	case op == opF32Const:
		return append(out, r.take(4)...), nil
	case op == opF64Const:
		return append(out, r.take(8)...), nil
	case op == opMore:
		sub := r.number()
		out = binary.AppendUvarint(out, sub)
		switch {
		case sub <= 7: // conversions of numbers
		case sub == 9, sub == 11, sub == 13, sub >= 15 && sub <= 17:
			numbers = 1
		case sub == 8, sub == 10, sub == 12, sub == 14:
			numbers = 2
		default:
			return nil, fmt.Errorf("an unknown instruction, 0xfc %d", sub)
		}
	case op == 0x02, op == opIf, op == 0x0c, op == 0x0d, op >= 0x20 && op <= 0x26, op == 0x3f, op == 0x40,
		op == opI32Const, op == 0x42, op == 0xd0: // blocks, jumps, variables, tables, sizes, constants
		numbers = 1
	case op == 0x11, op >= 0x28 && op <= 0x3e: // calls through the table, memory
		numbers = 2
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0f, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
	default:
		return nil, fmt.Errorf("an unknown instruction, 0x%02x", op)
	}
	for range numbers {
		out = append(out, r.leb()...)
	}
	return out, nil
}

// moduleReader reads a module. Past its end it is bad, and reads zeros.
type moduleReader struct {
	rest []byte
	bad  bool
}

func (r *moduleReader) err() error {
	if r.bad {
		return errors.New("it ends too early")
	}
	return nil
}

func (r *moduleReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *moduleReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// leb returns the bytes of a number, signed or not.
func (r *moduleReader) leb() []byte {
	n := uint64(0)
	for n < uint64(len(r.rest)) && r.rest[n]&0x80 != 0 {
		n++
	}
	return r.take(n + 1)
}

func (r *moduleReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
