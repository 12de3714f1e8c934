package conform

import (
	"errors"
	"fmt"

	"montage/core/shm"
	"montage/core/tensor"
)

// scratchMemory is the two segments, divided among the arguments of all exercises, with
// guard bytes between them: a write past the end of a tensor would otherwise change another
// argument, and show as a fault of something else or not at all.
type scratchMemory struct {
	state, work area
}

// area is one segment. Its arguments are placed twice: to measure it, then to use it.
type area struct {
	bytes  []byte
	next   int64
	guards [][]byte
}

// The bytes that fill guards, and outputs before a call. Four strangeNaN are a float32 NaN,
// four strange an ordinary number.
const (
	guardByte  = 0xA5
	strangeNaN = 0xFF
	strange    = 0xC3
)

// reserve allocates the memory of all arguments.
func (m *scratchMemory) reserve(c Connection, exercises []*exercise) error {
	if err := m.place(exercises); err != nil {
		return err
	}
	state, work := m.state.next, m.work.next
	m.state.next, m.work.next = 0, 0
	if c == nil {
		m.state.bytes, m.work.bytes = heap(state), heap(work)
	} else {
		var err error
		if m.state.bytes, m.work.bytes, err = c.Map(state, work); err != nil {
			return fmt.Errorf("shared memory: %w", err)
		}
	}
	return m.place(exercises)
}

// heap allocates 64-bit numbers, so that the memory is aligned for every dtype.
func heap(n int64) []byte { return tensor.New(tensor.Uint64, int(n+7)/8).Bytes()[:n] }

func (m *scratchMemory) place(exercises []*exercise) error {
	for _, t := range exercises {
		for _, s := range t.arguments {
			a := &m.work
			if s.role == stateRole {
				a = &m.state
			}
			if err := a.place(s); err != nil {
				return fmt.Errorf("%s: %s: %w", t.name, s.name, err)
			}
		}
	}
	return nil
}

// place advances by an argument and its guard. Once there is memory, it sets the tensor.
func (a *area) place(s *argument) error {
	space, err := shm.Space(s.dtype, s.shape...)
	if err != nil {
		return err
	}
	start, end := a.next, a.next+space+shm.Align
	a.next = end
	// The first pass only measures, because shared memory has a fixed size.
	if a.bytes == nil {
		return nil
	}
	n, _ := tensor.Elements(s.shape) // Space would have complained
	last := start + int64(n*s.dtype.Size())
	// The guard begins right behind the last element, before the padding to the next
	// tensor, so that a write of one element too many is seen.
	guard := a.bytes[last:end:end]
	for i := range guard {
		guard[i] = guardByte
	}
	a.guards = append(a.guards, guard)
	// The capacity ends with the tensor: an append in this process cannot reach the
	// guard.
	s.tensor, err = tensor.View(a.bytes[start:last:last], s.dtype, s.shape...)
	return err
}

// intact reports a write outside the tensors.
// State is looked at too: in this process nothing but the kit keeps a component from
// writing to it.
func (m *scratchMemory) intact() error {
	for _, g := range append(m.state.guards, m.work.guards...) {
		if !allOf(g, guardByte) {
			return errors.New("memory outside the tensors was written")
		}
	}
	return nil
}

func allOf(b []byte, want byte) bool {
	for _, v := range b {
		if v != want {
			return false
		}
	}
	return true
}
