package sdk

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// prefix returns the shape of what the graph's frozen prefix makes of a frame. It is nil where
// the graph has none, or where training has another one than use.
func (l *moduleComponent) prefix(use exec.Description, in core.ModuleInput) []int {
	if _, frames := l.body.(backbone); !frames || use.Prefix.Shape == nil {
		return nil
	}
	training, err := exec.Plan(l.spec(in, mode{train: true}))
	if err != nil || training.Prefix.Operators != use.Prefix.Operators {
		return nil
	}
	var shape []int
	for _, d := range use.Prefix.Shape[1:] {
		shape = append(shape, d.Size)
	}
	return shape
}

// runPrefix computes the frozen prefix of a call's frames alone.
func (l *moduleComponent) runPrefix(ctx context.Context, call core.ModuleForward) error {
	if len(l.plan.FrozenPrefix) == 0 {
		return fmt.Errorf("%w: the module has no frozen prefix", core.ErrUnsupported)
	}
	if !call.Output.IsZero() || call.Gradient || call.Train || len(call.Updates) > 0 {
		return fmt.Errorf("%w: the call asks for the prefix together with what training needs", core.ErrUnsupported)
	}
	call.PrefixFeatures = tensor.Tensor{}
	f, err := l.check(ctx, call.ModuleCall, false)
	if err != nil {
		return err
	}
	want := append([]int{f.rows}, l.plan.FrozenPrefix...)
	if err := Expect("prefix output", call.PrefixOutput, tensor.Float32, want...); err != nil {
		return err
	}
	p, err := l.program(mode{cut: exec.OnlyPrefix})
	if err != nil {
		return err
	}
	f.keys = nil
	return p.forward(call.ModuleCall, f, exec.Bindings{Outputs: []tensor.Tensor{call.PrefixOutput}})
}

// afterPrefix checks a call that brings prefix features in place of frames.
func (l *moduleComponent) afterPrefix(call core.ModuleCall) (inputs, error) {
	switch {
	case len(l.plan.FrozenPrefix) == 0:
		return inputs{}, fmt.Errorf("%w: the module has no frozen prefix", core.ErrUnsupported)
	case !call.Frames.IsZero():
		return inputs{}, fmt.Errorf("%w: the call brings both frames and prefix features", core.ErrShape)
	}
	if err := Expect("prefix", call.PrefixFeatures, tensor.Float32,
		append([]int{Any}, l.plan.FrozenPrefix...)...); err != nil {
		return inputs{}, err
	}
	n := call.PrefixFeatures.Shape[0]
	if err := atMost("frames", n, l.in.Frames); err != nil {
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
