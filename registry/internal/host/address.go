package host

import (
	"fmt"

	"montage/core"
	"montage/core/shm"
	"montage/core/tensor"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// addresses turns the tensors of one call into references, found by where their memory
// lies. err keeps the first error.
type addresses struct {
	plugin      string
	instance    wire.Instance
	state, work *shm.Segment
	rows        int   // frames or rows of the call, for the clock
	bytes       int64 // of all tensors of the call
	err         error
}

func (p *Process) addresses(i wire.Instance) *addresses {
	return &addresses{plugin: p.command.Name, instance: i, state: p.command.State, work: p.command.Work}
}

func (a *addresses) read(name string, t tensor.Tensor) *pb.Tensor { return a.tensor(name, t, false) }

func (a *addresses) written(name string, t tensor.Tensor) *pb.Tensor { return a.tensor(name, t, true) }

func (a *addresses) allRead(name string, list []tensor.Tensor) []*pb.Tensor {
	return a.all(name, list, false)
}

func (a *addresses) allWritten(name string, list []tensor.Tensor) []*pb.Tensor {
	return a.all(name, list, true)
}

func (a *addresses) all(name string, list []tensor.Tensor, write bool) []*pb.Tensor {
	out := make([]*pb.Tensor, len(list))
	for i, t := range list {
		out[i] = a.tensor(name, t, write)
	}
	return out
}

func (a *addresses) module(c core.ModuleCall) *pb.ModuleCall {
	return &pb.ModuleCall{
		ForwardId:      c.ForwardID,
		Train:          c.Train,
		Frames:         a.read("frames", c.Frames),
		PrefixFeatures: a.read("prefix", c.PrefixFeatures),
		Features:       a.read("features", c.Features),
		Offsets:        a.read("offsets", c.Offsets),
		Keys:           a.read("keys", c.Keys),
		Params:         a.allRead("params", c.Params),
		Revision:       c.Revision,
	}
}

// tensor never returns nil: within a list a nil message could not be sent.
func (a *addresses) tensor(name string, t tensor.Tensor, write bool) *pb.Tensor {
	if t.IsZero() {
		return &pb.Tensor{}
	}
	out := &pb.Tensor{Dtype: pb.DType(t.DType), Shape: make([]int64, len(t.Shape))}
	for i, n := range t.Shape {
		out.Shape[i] = int64(n)
	}
	if t.Len() == 0 {
		return out
	}
	a.bytes += int64(t.Len()) * int64(t.DType.Size())
	var ok bool
	if out.Offset, ok = find(a.work, t); ok {
		out.Segment = pb.Segment_SEGMENT_WORK
		return out
	}
	if out.Offset, ok = find(a.state, t); ok && !write {
		out.Segment = pb.Segment_SEGMENT_STATE
		return out
	}
	if a.err == nil {
		a.err = fmt.Errorf("plugin %q: %s: %s %v does not lie in shared memory that the plugin may use", a.plugin,
			a.instance, name, t)
	}
	return out
}

func find(s *shm.Segment, t tensor.Tensor) (uint64, bool) {
	if s == nil {
		return 0, false
	}
	return s.Ref(t)
}
