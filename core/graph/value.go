package graph

import "montage/core/tensor"

// value is one tensor of a program.
type value struct {
	label string
	dtype tensor.DType
	shape Shape
	place place
	index int // which of the caller's tensors, for places other than planned

	// Of planned values: the first and the last step that touch it, and where it
	// lies in the program's memory.
	first, last int
	offset      int

	// tensor is what the value is bound to in the current run.
	tensor tensor.Tensor
}

// place says whose memory a value lies in.
type place uint8

const (
	placePlanned place = iota // the program's
	placeInput                // the caller's, read
	placeParam
	placeOutputGrad
	placeInputGrad // the caller's, written; absent when not wanted in a run
	placeParamGrad
)

// bytes returns the memory that a value takes at most.
func (v *value) bytes(limits map[string]int) (int, error) {
	n, err := v.shape.elements(limits)
	return n * v.dtype.Size(), err
}
