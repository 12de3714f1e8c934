// Package tensor holds the one data type that plugins, runner and shared memory have in
// common: a dtype, a shape and a row-major slice of numbers. Operations live elsewhere, so
// that a plugin in another language needs nothing but these three.
package tensor

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// DType is the type of a tensor's elements.
type DType uint8

// The dtypes. Their numbers are part of the wire format and never change.
const (
	Float32 DType = 1 // network values, parameters, targets
	Uint8   DType = 2 // pixels
	Int32   DType = 3 // segment offsets
	Uint64  DType = 4 // random keys
)

// Size returns the bytes of one element, 0 for an unknown dtype.
func (d DType) Size() int {
	switch d {
	case Float32, Int32:
		return 4
	case Uint8:
		return 1
	case Uint64:
		return 8
	}
	return 0
}

func (d DType) String() string {
	switch d {
	case Float32:
		return "float32"
	case Uint8:
		return "uint8"
	case Int32:
		return "int32"
	case Uint64:
		return "uint64"
	}
	return fmt.Sprintf("dtype(%d)", uint8(d))
}

// Tensor is a dense row-major array. The zero Tensor holds nothing; a function that
// writes an optional result skips a zero Tensor. Its memory is bytes for every dtype, so
// that tensors of Go and of a shared file look alike. A copy of a Tensor shares its
// elements and its shape. Nothing here locks: whoever hands out a tensor says who may
// write it, and when.
type Tensor struct {
	Shape []int
	DType DType
	data  []byte
}

// New returns a zeroed tensor with its own memory.
func New(d DType, shape ...int) Tensor {
	n, err := Elements(shape)
	if err != nil {
		panic(err) // shapes from outside are checked by View
	}
	// Backed by 8-byte words, so that every dtype is aligned.
	words := make([]uint64, (n*d.Size()+7)/8)
	return Tensor{Shape: append([]int(nil), shape...), DType: d, data: bytesOf(words)[:n*d.Size()]}
}

// FromFloat32 wraps values without copying them. Without a shape the result has one axis.
// Values that do not fill the shape are a mistake of the caller and panic; this holds for
// the other dtypes too.
func FromFloat32(values []float32, shape ...int) Tensor { return wrap(Float32, values, shape) }

// FromUint8 wraps values without copying them.
func FromUint8(values []uint8, shape ...int) Tensor { return wrap(Uint8, values, shape) }

// FromInt32 wraps values without copying them.
func FromInt32(values []int32, shape ...int) Tensor { return wrap(Int32, values, shape) }

// FromUint64 wraps values without copying them.
func FromUint64(values []uint64, shape ...int) Tensor { return wrap(Uint64, values, shape) }

// View makes a tensor over memory that the caller owns, such as a shared segment, without
// copying. The memory must hold exactly the elements and be aligned to their size.
func View(memory []byte, d DType, shape ...int) (Tensor, error) {
	n, err := Elements(shape)
	if err != nil {
		return Tensor{}, err
	}
	size := d.Size()
	if size == 0 {
		return Tensor{}, fmt.Errorf("unknown %v", d)
	}
	if hi, lo := bits.Mul64(uint64(n), uint64(size)); hi != 0 || lo != uint64(len(memory)) {
		return Tensor{}, fmt.Errorf("%d bytes of memory cannot hold %v%v", len(memory), d, shape)
	}
	// Float32s and the like hand this memory out as a slice of numbers, which Go requires
	// to be aligned.
	if n > 0 && uintptr(unsafe.Pointer(&memory[0]))%uintptr(size) != 0 {
		return Tensor{}, fmt.Errorf("memory of a %v tensor is not aligned", d)
	}
	return Tensor{Shape: append([]int(nil), shape...), DType: d, data: memory}, nil
}

// Elements returns the number of elements of a shape. It returns an error if a dimension is
// negative or the product exceeds 2^46: shapes come from plugins, and a product that wraps
// around would pass every later bounds check.
func Elements(shape []int) (int, error) {
	n := uint64(1)
	for _, s := range shape {
		if s < 0 {
			return 0, fmt.Errorf("negative dimension in shape %v", shape)
		}
		// Checked after every factor: a product that wrapped around once can look small
		// again.
		hi, lo := bits.Mul64(n, uint64(s))
		if hi != 0 || lo > 1<<46 {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		n = lo
	}
	return int(n), nil
}

// IsZero reports whether t is the zero Tensor, which means absent. A tensor without elements
// has a dtype and is not zero.
func (t Tensor) IsZero() bool { return t.DType == 0 }

// Len returns the number of elements.
func (t Tensor) Len() int {
	if t.IsZero() {
		return 0
	}
	return len(t.data) / t.DType.Size()
}

// Bytes returns the tensor's memory.
func (t Tensor) Bytes() []byte { return t.data }

// Float32s returns the elements of a float32 tensor, in place.
func (t Tensor) Float32s() []float32 { return elements[float32](t, Float32) }

// Row returns row i of a float32 [R,C], in its memory.
func (t Tensor) Row(i int) []float32 {
	width := t.Shape[1]
	return t.Float32s()[i*width : (i+1)*width]
}

// Rows returns the rows from (included) to (excluded) along the first axis, in the
// tensor's memory. The absent tensor has absent rows. Rows that are not there are a
// mistake of the caller and panic.
func (t Tensor) Rows(from, to int) Tensor {
	if t.IsZero() {
		return t
	}
	if from < 0 || to < from || to > t.Shape[0] {
		panic(fmt.Sprintf("tensor: rows %d to %d of %v", from, to, t))
	}
	if to-from == t.Shape[0] {
		return t // the executor asks for all rows in every step: without a new shape
	}
	// A tensor without rows has none to divide by.
	row := len(t.data) / max(t.Shape[0], 1)
	shape := append([]int{to - from}, t.Shape[1:]...)
	// The capacity ends with the rows, so that an append cannot reach those behind them.
	return Tensor{Shape: shape, DType: t.DType, data: t.data[from*row : to*row : to*row]}
}

// Uint8s returns the elements of a uint8 tensor, in place.
func (t Tensor) Uint8s() []uint8 { return elements[uint8](t, Uint8) }

// Int32s returns the elements of an int32 tensor, in place.
func (t Tensor) Int32s() []int32 { return elements[int32](t, Int32) }

// Uint64s returns the elements of a uint64 tensor, in place.
func (t Tensor) Uint64s() []uint64 { return elements[uint64](t, Uint64) }

func (t Tensor) String() string {
	if t.IsZero() {
		return "none"
	}
	return fmt.Sprintf("%v%v", t.DType, t.Shape)
}

// Same reports whether two tensors have the same dtype and shape.
func Same(a, b Tensor) bool { return a.DType == b.DType && SameShape(a.Shape, b.Shape) }

// SameShape reports whether two shapes are equal.
func SameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// number lists the Go types of the dtypes.
type number interface {
	float32 | uint8 | int32 | uint64
}

// wrap keeps the values in place and copies the shape, which often is the variadic slice
// of a caller that goes on using it.
func wrap[T number](d DType, values []T, shape []int) Tensor {
	if len(shape) == 0 {
		shape = []int{len(values)}
	}
	if n, err := Elements(shape); err != nil || n != len(values) {
		panic(fmt.Sprintf("tensor: %d values do not fill shape %v", len(values), shape))
	}
	return Tensor{Shape: append([]int(nil), shape...), DType: d, data: bytesOf(values)}
}

// elements returns the memory as numbers. An absent tensor has none, so optional tensors
// need no test before. Bits read as another dtype would be plausible garbage, so that
// panics.
func elements[T number](t Tensor, want DType) []T {
	if t.IsZero() || len(t.data) == 0 {
		return nil
	}
	if t.DType != want {
		panic(fmt.Sprintf("tensor: %v read as %v", t, want))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&t.data[0])), t.Len())
}

// bytesOf returns the memory of values, which the result keeps alive.
func bytesOf[T number](values []T) []byte {
	if len(values) == 0 {
		// There is no first element to point at.
		return []byte{}
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}
