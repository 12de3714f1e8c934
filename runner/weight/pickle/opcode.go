package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// literal pushes a number, a string or a constant.
func (m *machine) literal(op byte) error {
	switch op {
	case opNone:
		return m.push(nil, nil)
	case opTrue, opFalse:
		return m.push(op == opTrue, nil)
	case opInt:
		n, err := m.number(4)
		return m.push(int64(int32(n)), err)
	case opInt1:
		n, err := m.number(1)
		return m.push(int64(n), err)
	case opInt2:
		n, err := m.number(2)
		return m.push(int64(n), err)
	case opLong1:
		return m.long()
	case opFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)), nil)
	case opShortString, opShortUnicode:
		return m.text(1)
	default:
		return m.text(4)
	}
}

// text pushes a string behind a length of so many bytes.
func (m *machine) text(size int) error {
	n, err := m.number(size)
	if err != nil {
		return err
	}
	b, err := m.bytes(n)
	return m.push(string(b), err)
}

// long pushes a number of up to 8 bytes in two's complement.
func (m *machine) long() error {
	size, err := m.byte()
	if err != nil {
		return err
	}
	if size > 8 {
		return fmt.Errorf("a number of %d bytes; at most 8 are read", size)
	}
	n, err := m.number(int(size))
	shift := 64 - 8*uint(size)
	return m.push(int64(n<<shift)>>shift, err)
}

func (m *machine) tuple(op byte) error {
	var values []any
	var err error
	switch op {
	case opTuple:
		values, err = m.popMark()
	case opTuple1, opTuple2, opTuple3:
		values, err = m.popN(int(op-opTuple1) + 1)
	}
	return m.push(Tuple(slices.Clone(values)), err)
}

// extend appends one value, or those above the mark, to a list.
func (m *machine) extend(marked bool) error {
	values, err := m.operands(marked, 1)
	if err != nil {
		return err
	}
	object, err := m.top()
	if err != nil {
		return err
	}
	list, ok := object.(*List)
	if !ok {
		return fmt.Errorf("appends to %T; expected a list", object)
	}
	list.Items = append(list.Items, values...)
	return nil
}

// setItems adds one pair, or those above the mark, to a dict.
func (m *machine) setItems(marked bool) error {
	values, err := m.operands(marked, 2)
	if err != nil {
		return err
	}
	object, err := m.top()
	if err != nil {
		return err
	}
	dict, ok := object.(*Dict)
	if !ok {
		return fmt.Errorf("sets an item of %T; expected a dict", object)
	}
	if len(values)%2 != 0 {
		return errors.New("a key of a dict has no value")
	}
	for i := 0; i < len(values); i += 2 {
		dict.Items = append(dict.Items, Item{values[i], values[i+1]})
	}
	return nil
}

func (m *machine) operands(marked bool, n int) ([]any, error) {
	if marked {
		return m.popMark()
	}
	return m.popN(n)
}

// remember moves values between stack and memo.
func (m *machine) remember(op byte) error {
	index, err := uint64(len(m.memo)), error(nil)
	switch op {
	case opPut, opGet:
		index, err = m.number(1)
	case opLongPut, opLongGet:
		index, err = m.number(4)
	}
	if err != nil {
		return err
	}
	if op == opGet || op == opLongGet {
		value, known := m.memo[uint32(index)]
		if !known {
			return fmt.Errorf("refers to value %d, which was not kept", index)
		}
		return m.push(value, nil)
	}
	m.memo[uint32(index)], err = m.top()
	return err
}

// ask leaves to the host what Python would import, call or fetch.
func (m *machine) ask(op byte) error {
	switch op {
	case opGlobal:
		return m.global()
	case opStackGlobal:
		return m.stackGlobal()
	case opReduce:
		return m.reduce()
	case opBuild:
		return m.build()
	default:
		id, err := m.pop()
		if err != nil {
			return err
		}
		return m.push(m.host.Persistent(id))
	}
}

func (m *machine) global() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	return m.push(m.host.Global(module, name))
}

func (m *machine) stackGlobal() error {
	names, err := m.popN(2)
	if err != nil {
		return err
	}
	module, ok1 := names[0].(string)
	name, ok2 := names[1].(string)
	if !ok1 || !ok2 || len(module)+len(name) > longestGlobal {
		return errors.New("the name of a class is no string, or too long")
	}
	return m.push(m.host.Global(module, name))
}

// line takes a name up to the end of its line.
func (m *machine) line() (string, error) {
	rest := m.in[m.at:min(len(m.in), m.at+longestGlobal)]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		return "", fmt.Errorf("the name of a class does not end within %d bytes", len(rest))
	}
	m.at += n + 1
	return string(rest[:n]), nil
}

func (m *machine) reduce() error {
	values, err := m.popN(2)
	if err != nil {
		return err
	}
	args, ok := values[1].(Tuple)
	if !ok {
		return fmt.Errorf("the arguments of a call are %T; expected a tuple", values[1])
	}
	return m.push(m.host.Call(values[0], args))
}

func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	object, err := m.top()
	if err != nil {
		return err
	}
	return m.host.Build(object, state)
}
