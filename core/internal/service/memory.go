package service

import (
	"fmt"
	"os"

	"montage/core"
	"montage/core/shm"
	"montage/core/tensor"
	"montage/core/wire/pb"
)

// mappings are both segments, as a plugin sees them. Nothing unmaps them: a component may
// hold views, and the process ends with its runner.
type mappings struct{ state, work *shm.Segment }

// openMemory maps both segments. STATE is mapped for reading alone: a stray write then is a
// fault of this call, and not a wrong parameter for every plugin.
func openMemory(from descriptors, stateBytes, workBytes int64) (*mappings, error) {
	state, err := shm.Open("STATE", os.NewFile(uintptr(from.state), "state"), stateBytes, shm.ReadOnly)
	if err != nil {
		return nil, err
	}
	work, err := shm.Open("WORK", os.NewFile(uintptr(from.work), "work"), workBytes, shm.ReadWrite)
	if err != nil {
		return nil, err
	}
	return &mappings{state, work}, nil
}

// references turns the references of one call into tensors. err keeps the first error, so
// that a call converts all and checks once. Behind an error the tensors are absent, and no
// component gets to see them.
type references struct {
	memory *mappings
	err    error
}

// read returns a tensor that the component reads.
func (r *references) read(name string, t *pb.Tensor) tensor.Tensor { return r.tensor(name, t, false) }

// write returns a tensor that the component writes.
func (r *references) write(name string, t *pb.Tensor) tensor.Tensor { return r.tensor(name, t, true) }

// readAll and writeAll convert a list. An empty one stays nil: nothing is wanted or
// given.
func (r *references) readAll(name string, list []*pb.Tensor) []tensor.Tensor {
	return r.all(name, list, false)
}

func (r *references) writeAll(name string, list []*pb.Tensor) []tensor.Tensor {
	return r.all(name, list, true)
}

func (r *references) all(name string, list []*pb.Tensor, write bool) []tensor.Tensor {
	if len(list) == 0 {
		return nil
	}
	out := make([]tensor.Tensor, len(list))
	for i, t := range list {
		out[i] = r.tensor(name, t, write)
	}
	return out
}

// tensor converts one reference. Dtype none is how the wire leaves out an optional
// tensor.
func (r *references) tensor(name string, t *pb.Tensor, write bool) tensor.Tensor {
	if r.err != nil || t.GetDtype() == pb.DType_DTYPE_NONE {
		return tensor.Tensor{}
	}
	if r.memory == nil {
		r.err = fmt.Errorf("%w: the memory is not open", core.ErrNotPlanned)
		return tensor.Tensor{}
	}
	out, err := r.memory.view(t, write)
	if err != nil {
		r.err = fmt.Errorf("%w: %s: %w", core.ErrShape, name, err)
	}
	return out
}

// view checks a reference, whoever made it: the runner may have a bug, and a wrong offset
// would read or overwrite the tensors of others.
func (m *mappings) view(t *pb.Tensor, write bool) (tensor.Tensor, error) {
	d := tensor.DType(t.GetDtype())
	// A dtype is a byte here and 32 bits on the wire: 257 must not pass for 1.
	if int64(d) != int64(t.GetDtype()) {
		return tensor.Tensor{}, fmt.Errorf("unknown dtype %d", t.GetDtype())
	}
	shape := make([]int, len(t.GetShape()))
	for i, n := range t.GetShape() {
		// Negative dimensions pass here. tensor.Elements refuses them.
		shape[i] = int(n)
	}
	switch {
	case t.GetSegment() == pb.Segment_SEGMENT_WORK:
		return m.work.View(t.GetOffset(), d, shape)
	// Refused before the component runs, where the error can name the tensor; the mapping
	// would stop it too, at some address.
	case t.GetSegment() == pb.Segment_SEGMENT_STATE && write:
		return tensor.Tensor{}, fmt.Errorf("%v%v to be written lies in the STATE segment", d, shape)
	case t.GetSegment() == pb.Segment_SEGMENT_STATE:
		return m.state.View(t.GetOffset(), d, shape)
	}
	// A tensor without elements needs no memory, and so no segment.
	if n, err := tensor.Elements(shape); err != nil || n != 0 || d.Size() == 0 {
		return tensor.Tensor{}, fmt.Errorf("%v%v lies in no segment", d, shape)
	}
	return tensor.New(d, shape...), nil
}
