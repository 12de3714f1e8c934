package sdk

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// trunk returns the shape of what the graph's trunk makes of a frame, nil where it
// has none, or another one in training than in use.
func (l *layer) trunk(use graph.Description, in core.LayerInput) []int {
	if _, frames := l.body.(backbone); !frames || use.Trunk.Shape == nil {
		return nil
	}
	training, err := graph.Plan(l.spec(in, mode{train: true}))
	if err != nil || training.Trunk.Operators != use.Trunk.Operators {
		return nil
	}
	var shape []int
	for _, d := range use.Trunk.Shape[1:] {
		shape = append(shape, d.Size)
	}
	return shape
}

// runTrunk computes the trunk of a call's frames alone.
func (l *layer) runTrunk(ctx context.Context, call core.LayerForward) error {
	if len(l.plan.Trunk) == 0 {
		return fmt.Errorf("%w: the layer has no trunk", core.ErrUnsupported)
	}
	if !call.Output.IsZero() || call.Gradient || call.Train || len(call.Updates) > 0 {
		return fmt.Errorf("%w: the trunk is asked for together with what training needs", core.ErrUnsupported)
	}
	call.Trunk = tensor.Tensor{}
	f, err := l.check(ctx, call.LayerCall, false)
	if err != nil {
		return err
	}
	want := append([]int{f.rows}, l.plan.Trunk...)
	if err := Expect("trunk output", call.TrunkOutput, tensor.Float32, want...); err != nil {
		return err
	}
	p, err := l.program(mode{part: graph.Trunk})
	if err != nil {
		return err
	}
	f.keys = nil
	return p.forward(call.LayerCall, f, graph.Run{Outputs: []tensor.Tensor{call.TrunkOutput}})
}

// afterTrunk checks a call that brings what the trunk made in place of frames.
func (l *layer) afterTrunk(call core.LayerCall) (feed, error) {
	switch {
	case len(l.plan.Trunk) == 0:
		return feed{}, fmt.Errorf("%w: the layer has no trunk", core.ErrUnsupported)
	case !call.Frames.IsZero():
		return feed{}, fmt.Errorf("%w: both frames and what the trunk made of them", core.ErrShape)
	}
	if err := Expect("trunk", call.Trunk, tensor.Float32, append([]int{Any}, l.plan.Trunk...)...); err != nil {
		return feed{}, err
	}
	n := call.Trunk.Shape[0]
	if err := atMost("frames", n, l.in.Frames); err != nil {
		return feed{}, err
	}
	return framed(call, feed{inputs: []tensor.Tensor{call.Trunk}, rows: n})
}

// partOf returns which part of the graph a call needs.
func partOf(call core.LayerCall) graph.Part {
	if call.Trunk.IsZero() {
		return graph.Whole
	}
	return graph.Rest
}
