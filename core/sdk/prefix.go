package sdk

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// prefix returns the shape of one frame's output of the frozen prefix. It returns nil if the
// graph has no frozen prefix, or if the prefix has other operators in training than in
// inference: then cached outputs would be wrong for one of the two.
func (c *moduleComponent) prefix(use exec.Description, in core.ModuleInput) []int {
	// What is cached belongs to a frame, and only a backbone reads frames.
	if _, frames := c.body.(backbone); !frames || use.Prefix.Shape == nil {
		return nil
	}
	training, err := exec.Plan(c.spec(in, mode{train: true}))
	if err != nil || training.Prefix.Operators != use.Prefix.Operators {
		return nil
	}
	var shape []int
	// Without the axis of frames: the runner caches frame by frame.
	for _, d := range use.Prefix.Shape[1:] {
		shape = append(shape, d.Size)
	}
	return shape
}

// runPrefix computes the frozen prefix of a call's frames alone.
func (c *moduleComponent) runPrefix(ctx context.Context, call core.ModuleForward) error {
	if len(c.plan.FrozenPrefix) == 0 {
		return fmt.Errorf("%w: the module has no frozen prefix", core.ErrUnsupported)
	}
	if !call.Output.IsZero() || call.Gradient || call.Train || len(call.Updates) > 0 {
		return fmt.Errorf("%w: PrefixOutput excludes Output, Gradient, Train and Updates", core.ErrUnsupported)
	}
	// So that the check below asks for frames.
	call.PrefixFeatures = tensor.Tensor{}
	f, err := c.check(ctx, call.ModuleCall, false)
	if err != nil {
		return err
	}
	want := append([]int{f.rows}, c.plan.FrozenPrefix...)
	if err := Expect("prefix output", call.PrefixOutput, tensor.Float32, want...); err != nil {
		return err
	}
	// In inference mode. prefix has made sure that training has the same operators there.
	p, err := c.program(mode{cut: exec.OnlyPrefix})
	if err != nil {
		return err
	}
	// Nothing in a prefix is random, and equal frames must give equal bytes.
	f.keys = nil
	return p.forward(call.ModuleCall, f, exec.Bindings{Outputs: []tensor.Tensor{call.PrefixOutput}})
}

// afterPrefix checks a call that has the outputs of the frozen prefix instead of frames.
// It stands in for the inputs method of a backbone.
func (c *moduleComponent) afterPrefix(call core.ModuleCall) (inputs, error) {
	switch {
	case len(c.plan.FrozenPrefix) == 0:
		return inputs{}, fmt.Errorf("%w: the module has no frozen prefix", core.ErrUnsupported)
	case !call.Frames.IsZero():
		return inputs{}, fmt.Errorf("%w: a call has either Frames or PrefixFeatures, not both", core.ErrShape)
	}
	if err := Expect("prefix", call.PrefixFeatures, tensor.Float32,
		append([]int{Any}, c.plan.FrozenPrefix...)...); err != nil {
		return inputs{}, err
	}
	n := call.PrefixFeatures.Shape[0]
	if err := atMost("frames", n, c.in.Frames); err != nil {
		return inputs{}, err
	}
	return framed(call, inputs{inputs: []tensor.Tensor{call.PrefixFeatures}, rows: n})
}

// cutFor returns what of the graph a call needs.
func cutFor(call core.ModuleCall) exec.PrefixCut {
	if call.PrefixFeatures.IsZero() {
		return exec.Uncut
	}
	return exec.AfterPrefix
}
