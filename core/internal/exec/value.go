package exec

import (
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// value is one tensor of an executable.
type value struct {
	label   string
	dtype   tensor.DType
	shape   ir.Shape
	storage storage
	// index counts inputs, outputs or parameters, as the storage says.
	index int // which of the caller's tensors, for storage other than planned
	// frozen marks a parameter that Bindings.Revision covers.
	frozen bool
	// trained marks a value that depends on a wanted leaf, or is a gradient: it exists for
	// one piece of the rows at a time.
	trained bool
	whole   *value // of which a slice is the rows of a piece

	// Of planned values: the first and the last step that touch it, and where it lies in
	// the executable's memory. Of values inside a chain: the same by links, where it lies
	// in a worker's memory, and the stage whose frames it is kept for. Both steps are
	// included.
	first, last int
	offset      int
	stage       int
	// host is the value whose memory this one takes over, nil for none. A host may have a
	// host in turn, so root follows them to the end.
	host *value

	// tensor is what the value is bound to in the current run.
	tensor tensor.Tensor
}

// storage says whose memory a value lies in.
type storage uint8

const (
	storagePlanned storage = iota // the executable's
	storageInput                  // the caller's, read
	storageParam
	storageOutputGrad
	storageInputGrad // the caller's, written; absent when not wanted in a run
	storageParamGrad
	storageWorker // a worker's, inside a chain
	storageSlice  // that of another value
)

// valueOf returns the value of a node.
func valueOf(n *ir.Node) *value {
	// Storage starts out as planned, which is right for every operator's result.
	v := &value{label: n.Label, dtype: n.DType, shape: n.Shape, index: n.Index, frozen: n.Frozen}
	switch n.Kind {
	case ir.Input:
		v.storage = storageInput
	case ir.Param:
		v.storage = storageParam
	}
	return v
}

// bytes returns the memory that a value takes at most. Products that do not fit an int are
// an error.
func (v *value) bytes(limits map[string]int) (int, error) {
	n, err := v.shape.Elements(limits)
	return n * v.dtype.Size(), err
}

// root returns the value that memory is planned for instead of this one.
func (v *value) root() *value {
	for v.host != nil {
		v = v.host
	}
	return v
}
