package weight

import (
	"errors"
	"fmt"

	"montage/core/tensor"
)

// sharing bounds how many numbers a file's tensors may come to per byte of it.
// Tied weights share storage and expanded tensors repeat it, but a small file that
// fills the memory is hostile.
const sharing = 4

// maxDims bounds the axes of a tensor; PyTorch's own bound is the same.
const maxDims = 64

// storage is a row of numbers in the file, which tensors may share.
type storage struct {
	element *element
	count   int
	data    []byte // nil until it is found
}

// array is a tensor as a file describes it: element i, j, … lies at
// offset + i·stride[0] + j·stride[1] + … of the storage.
type array struct {
	storage       *storage
	offset        int
	shape, stride []int
}

// converter copies arrays into tensors of their own.
type converter struct {
	left int // numbers that may still be made
}

func newConverter(fileSize int) *converter { return &converter{left: sharing*fileSize + 1<<16} }

// tensor returns the values as float32 [shape], row-major, in memory of its own.
func (c *converter) tensor(a array) (tensor.Tensor, error) {
	n, err := a.check()
	if err != nil {
		return tensor.Tensor{}, err
	}
	if n > c.left {
		return tensor.Tensor{}, fmt.Errorf("its shape %v brings the file's tensors to more than %d numbers per byte "+
			"of the file", a.shape, sharing)
	}
	c.left -= n
	out := tensor.New(tensor.Float32, a.shape...)
	if n == 0 {
		return out, nil // where its offset points does not matter
	}
	if a.storage.element == float32s && a.contiguous() {
		copy(out.Bytes(), a.storage.data[4*a.offset:])
		return out, nil
	}
	return out, a.read(out.Float32s())
}

// check returns the number of elements of an array that lies within its storage.
func (a array) check() (int, error) {
	n, err := tensor.Elements(a.shape)
	if err != nil {
		return 0, err
	}
	if len(a.shape) != len(a.stride) || len(a.shape) > maxDims {
		return 0, fmt.Errorf("shape %v has strides %v", a.shape, a.stride)
	}
	// In bytes by division: a stated count may be anything.
	if a.storage.data == nil || len(a.storage.data)/a.storage.element.size != a.storage.count {
		return 0, errors.New("its numbers are not in the file")
	}
	if n > 0 && !a.within() {
		return 0, fmt.Errorf("shape %v with strides %v at %d reaches beyond its storage of %d numbers", a.shape,
			a.stride, a.offset, a.storage.count)
	}
	return n, nil
}

// within reports whether the first and last element lie in the storage.
func (a array) within() bool {
	room := a.storage.count - 1 - a.offset
	if a.offset < 0 || room < 0 {
		return false
	}
	for i, size := range a.shape {
		if size == 1 {
			continue // its stride is never taken
		}
		if a.stride[i] < 0 || a.stride[i] > room/(size-1) {
			return false
		}
		room -= (size - 1) * a.stride[i]
	}
	return true
}

func (a array) contiguous() bool {
	step := 1
	for i := len(a.shape) - 1; i >= 0; i-- {
		if a.shape[i] != 1 && a.stride[i] != step {
			return false
		}
		step *= a.shape[i]
	}
	return true
}

// read copies the elements in row-major order.
func (a array) read(values []float32) error {
	e, index, at := a.storage.element, make([]int, len(a.shape)), a.offset
	for i := range values {
		v, ok := e.value(a.storage.data[at*e.size:])
		if !ok {
			return fmt.Errorf("a %s value is beyond the range of float32, at %v", e.name, index)
		}
		values[i] = v
		for d := len(index) - 1; d >= 0; d-- {
			index[d]++
			at += a.stride[d]
			if index[d] < a.shape[d] {
				break
			}
			index[d] = 0
			at -= a.stride[d] * a.shape[d]
		}
	}
	return nil
}

// rowMajor returns the strides of a contiguous array.
func rowMajor(shape []int) []int {
	stride, step := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		stride[i] = step
		step *= shape[i]
	}
	return stride
}
