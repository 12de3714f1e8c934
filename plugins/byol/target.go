package byol

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk"
	"montage/core/tensor"
)

// ComputeTargets sets each view's targets to the teacher's projection of the other view.
func (s byol) ComputeTargets(ctx context.Context, call core.TargetCall) error {
	if err := check(call); err != nil {
		return err
	}
	a, b, targets := call.Outputs[0].Float32s(), call.Outputs[1].Float32s(), call.Targets.Float32s()
	copy(targets, b)
	copy(targets[len(b):], a)
	return ctx.Err()
}

// check reports tensors whose shapes do not match, as core.ErrShape.
func check(call core.TargetCall) error {
	if len(call.Outputs) != 2 {
		return fmt.Errorf("%w: outputs of %d views, not 2", core.ErrShape, len(call.Outputs))
	}
	if err := sdk.Expect("outputs of a", call.Outputs[0], tensor.Float32, sdk.Any, sdk.Any); err != nil {
		return err
	}
	rows, width := call.Outputs[0].Shape[0], call.Outputs[0].Shape[1]
	if err := sdk.Expect("outputs of b", call.Outputs[1], tensor.Float32, rows, width); err != nil {
		return err
	}
	if err := sdk.Expect("targets", call.Targets, tensor.Float32, 2*rows, width); err != nil {
		return hint.With(err, "head and predictor must have the same output width")
	}
	return sdk.Expect("weights", call.Weights, tensor.Float32, 2*rows)
}
