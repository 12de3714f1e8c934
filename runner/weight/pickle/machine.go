package pickle

import (
	"errors"
	"fmt"
	"io"
)

// The opcodes of state dicts: those of protocol 2, which PyTorch writes, and what
// Python 2 and protocol 4 write in their place.
const (
	opProto           = 0x80
	opFrame           = 0x95
	opStop            = '.'
	opMark            = '('
	opNone            = 'N'
	opTrue            = 0x88
	opFalse           = 0x89
	opInt             = 'J'
	opInt1            = 'K'
	opInt2            = 'M'
	opLong1           = 0x8a
	opFloat           = 'G'
	opShortString     = 'U'
	opString          = 'T'
	opUnicode         = 'X'
	opShortUnicode    = 0x8c
	opEmptyTuple      = ')'
	opTuple           = 't'
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opEmptyList       = ']'
	opAppend          = 'a'
	opAppends         = 'e'
	opEmptyDict       = '}'
	opSetItem         = 's'
	opSetItems        = 'u'
	opPut             = 'q'
	opLongPut         = 'r'
	opMemoize         = 0x94
	opGet             = 'h'
	opLongGet         = 'j'
	opGlobal          = 'c'
	opStackGlobal     = 0x93
	opReduce          = 'R'
	opBuild           = 'b'
	opPersistent      = 'Q'
	highestProtocol   = 5
	longestGlobal     = 256
	errStackUnderflow = "takes more from the stack than is there"
)

// machine is the state of one reading. Every opcode adds a bounded number of
// values of bounded size, so memory grows with the input alone.
type machine struct {
	host  Host
	in    []byte
	at    int
	stack []any
	marks []int // heights of the stack
	memo  map[uint32]any
}

// Load reads one pickle at the start of raw. It returns its value and its length.
func Load(raw []byte, host Host) (value any, length int, err error) {
	m := &machine{host: host, in: raw, memo: map[uint32]any{}}
	for {
		start := m.at
		op, err := m.byte()
		if err != nil {
			return nil, 0, fmt.Errorf("pickle ends early, at byte %d: %w", start, err)
		}
		if op == opStop {
			value, err = m.pop()
		} else {
			err = m.step(op)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("pickle, byte %d: %w", start, err)
		}
		if op == opStop {
			return value, m.at, nil
		}
	}
}

// step runs one opcode.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		return m.proto()
	case opFrame:
		_, err := m.number(8) // where a buffer would end; there is none
		return err
	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return nil
	case opNone, opTrue, opFalse, opInt, opInt1, opInt2, opLong1, opFloat, opShortString, opString, opUnicode,
		opShortUnicode:
		return m.literal(op)
	case opEmptyTuple, opTuple, opTuple1, opTuple2, opTuple3:
		return m.tuple(op)
	case opEmptyList:
		return m.push(&List{}, nil)
	case opEmptyDict:
		return m.push(&Dict{}, nil)
	case opAppend, opAppends:
		return m.extend(op == opAppends)
	case opSetItem, opSetItems:
		return m.setItems(op == opSetItems)
	case opPut, opLongPut, opMemoize, opGet, opLongGet:
		return m.remember(op)
	case opGlobal, opStackGlobal, opReduce, opBuild, opPersistent:
		return m.ask(op)
	}
	return fmt.Errorf("opcode %#02x is none that a state dict needs", op)
}

func (m *machine) proto() error {
	version, err := m.byte()
	if err == nil && version > highestProtocol {
		err = fmt.Errorf("protocol %d; at most %d is read", version, highestProtocol)
	}
	return err
}

func (m *machine) push(value any, err error) error {
	if err != nil {
		return err
	}
	m.stack = append(m.stack, value)
	return nil
}

// floor is the height below which the values belong to an outer mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	values, err := m.popN(1)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// popN takes the n topmost values. They are valid until the next push.
func (m *machine) popN(n int) ([]any, error) {
	height := len(m.stack) - n
	if height < m.floor() {
		return nil, errors.New(errStackUnderflow)
	}
	values := m.stack[height:]
	m.stack = m.stack[:height]
	return values, nil
}

// popMark takes the values above the last mark. They are valid until the next push.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("no mark on the stack")
	}
	values := m.stack[m.floor():]
	m.stack = m.stack[:m.floor()]
	m.marks = m.marks[:len(m.marks)-1]
	return values, nil
}

// top is the topmost value, which stays.
func (m *machine) top() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errors.New(errStackUnderflow)
	}
	return m.stack[len(m.stack)-1], nil
}

func (m *machine) byte() (byte, error) {
	b, err := m.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// bytes takes n bytes of the input without copying them.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(m.in)-m.at) {
		return nil, io.ErrUnexpectedEOF
	}
	b := m.in[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// number reads n bytes, little end first, as an unsigned number.
func (m *machine) number(n int) (uint64, error) {
	b, err := m.bytes(uint64(n))
	value := uint64(0)
	for i, digit := range b {
		value |= uint64(digit) << (8 * i)
	}
	return value, err
}
