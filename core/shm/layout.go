package shm

import (
	"fmt"
	"math/bits"
	"unsafe"

	"montage/core/tensor"
)

// Align is the alignment of every tensor: a cache line, and the widest vector.
const Align = 64

// Layout adds up the size of a segment before its memory exists. The tensors that are
// added here fit exactly, in whatever order they are then allocated. Each tensor is
// rounded up to Align by itself, so their order does not change the sum.
type Layout struct{ bytes int64 }

// Add counts one tensor.
func (l *Layout) Add(d tensor.DType, shape ...int) error {
	n, err := Space(d, shape...)
	if err != nil {
		return err
	}
	sum, carry := bits.Add64(uint64(l.bytes), uint64(n), 0)
	// Half of what an int64 holds: the conversion below cannot turn negative.
	if carry != 0 || sum > 1<<62 {
		return fmt.Errorf("memory layout: %d bytes and %v%v are more than any machine holds", l.bytes, d, shape)
	}
	l.bytes = int64(sum)
	return nil
}

// Bytes returns the size for Segment.Grow.
func (l *Layout) Bytes() int64 { return l.bytes }

// Space returns the bytes that a tensor takes in a segment, including alignment.
func Space(d tensor.DType, shape ...int) (int64, error) {
	n, err := tensor.Elements(shape)
	if err != nil {
		return 0, err
	}
	if d.Size() == 0 {
		return 0, fmt.Errorf("unknown %v", d)
	}
	// Elements allows 2^46 and an element is at most 8 bytes: no overflow.
	return (int64(n)*int64(d.Size()) + Align - 1) &^ (Align - 1), nil
}

// Ref returns the offset of a tensor in the segment, and reports whether it lies there. A
// tensor without elements lies in no segment.
func (s *Segment) Ref(t tensor.Tensor) (offset uint64, ok bool) {
	// A tensor does not know its segment, so its address decides.
	data := t.Bytes()
	if len(data) == 0 || len(s.memory) == 0 {
		return 0, false
	}
	start, base := uintptr(unsafe.Pointer(&data[0])), uintptr(unsafe.Pointer(&s.memory[0]))
	// The difference would wrap around. An address behind the segment is left to Inside.
	if start < base {
		return 0, false
	}
	offset = uint64(start - base)
	return offset, Inside(Span{offset, t.DType, t.Shape}, uint64(len(s.memory))) == nil
}

// View returns the tensor that a reference from another process names, after checking that
// all of it lies inside the segment.
func (s *Segment) View(offset uint64, d tensor.DType, shape []int) (tensor.Tensor, error) {
	span := Span{offset, d, shape}
	if err := Inside(span, uint64(len(s.memory))); err != nil {
		return tensor.Tensor{}, fmt.Errorf("shared memory %s: %w", s.name, err)
	}
	n := span.bytes()
	// The capacity ends with the tensor, so that an append cannot reach the next one.
	return tensor.View(s.memory[offset:offset+n:offset+n], d, shape...)
}

// Span is a reference to a tensor in a segment.
type Span struct {
	Offset uint64
	DType  tensor.DType
	Shape  []int
}

// bytes returns the size of a span. It is valid only for a span that Inside accepts.
func (r Span) bytes() uint64 {
	n, _ := tensor.Elements(r.Shape)
	return uint64(n) * uint64(r.DType.Size())
}

// Inside returns an error if a span is not a tensor inside a segment of the given size. Both
// sides of the wire check, so that neither can make the other read beyond a mapping.
func Inside(r Span, size uint64) error {
	n, err := tensor.Elements(r.Shape)
	switch {
	case err != nil:
		return err
	case r.DType.Size() == 0:
		return fmt.Errorf("unknown %v", r.DType)
	case r.Offset%Align != 0:
		return fmt.Errorf("offset %d of a tensor is not a multiple of %d", r.Offset, Align)
	// Subtracted and not added: offset and bytes come from another process, and their sum
	// could wrap around. The product cannot, because Elements bounds n.
	case r.Offset > size || uint64(n)*uint64(r.DType.Size()) > size-r.Offset:
		return fmt.Errorf("%v%v at offset %d is outside the %d bytes", r.DType, r.Shape, r.Offset, size)
	}
	return nil
}
