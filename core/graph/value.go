package graph

import "montage/core/tensor"

// value is one tensor of a program.
type value struct {
	label string
	dtype tensor.DType
	shape Shape
	place place
	index int // which of the caller's tensors, for places other than planned
	// frozen tells of a parameter that Run.Revision covers.
	frozen bool
	// trained tells of a value that depends on a wanted leaf, or is a gradient: it
	// exists for one piece of the rows at a time.
	trained bool
	whole   *value // of which a slice is the rows of a piece

	// Of planned values: the first and the last step that touch it, and where it
	// lies in the program's memory. Of values inside a chain: the same by links,
	// where it lies in a lane's memory, and the stage whose frames it is kept for.
	first, last int
	offset      int
	stage       int
	// host is the value whose memory this one takes over, nil for none.
	host *value

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
	placeLane  // a lane's, inside a chain
	placeSlice // that of another value
)

// bytes returns the memory that a value takes at most.
func (v *value) bytes(limits map[string]int) (int, error) {
	n, err := v.shape.elements(limits)
	return n * v.dtype.Size(), err
}

// root returns the value that memory is planned for in place of this one.
func (v *value) root() *value {
	for v.host != nil {
		v = v.host
	}
	return v
}

// counted tells whether the first dimension, and no other, is the symbol's count.
func (v *value) counted(symbol string) bool {
	return len(v.shape) > 0 && v.shape[0] == Sym(symbol) && v.shape[1:].constant()
}

// rows returns rows from to to of a tensor, in its memory.
func rows(t tensor.Tensor, from, to int) tensor.Tensor {
	if t.IsZero() || from == 0 && to == t.Shape[0] {
		return t
	}
	n := 1
	for _, d := range t.Shape[1:] {
		n *= d
	}
	n *= t.DType.Size()
	shape := append([]int{to - from}, t.Shape[1:]...)
	view, err := tensor.View(t.Bytes()[from*n:to*n:to*n], t.DType, shape...)
	if err != nil {
		panic(err) // a part of a tensor is one
	}
	return view
}
