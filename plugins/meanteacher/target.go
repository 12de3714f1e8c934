package meanteacher

import (
	"context"
	"fmt"
	"math"

	"montage/core"
	"montage/core/sdk"
	"montage/core/tensor"
)

// ComputeTargets copies the teacher's outputs, and sets the row weights to the ramp-up.
func (s meanTeacher) ComputeTargets(ctx context.Context, call core.TargetCall) error {
	if err := check(call); err != nil {
		return err
	}
	copy(call.Targets.Float32s(), call.Outputs[0].Float32s())
	weight := float32(s.ramp(call.Progress))
	for i := range call.Weights.Float32s() {
		call.Weights.Float32s()[i] = weight
	}
	return ctx.Err()
}

// ramp grows from exp(-5) to 1 over the fraction RampUp of the phase.
func (s meanTeacher) ramp(progress float64) float64 {
	if progress >= s.RampUp {
		return 1
	}
	rest := 1 - progress/s.RampUp
	return math.Exp(-5 * rest * rest)
}

// check reports tensors whose shapes do not match, as core.ErrShape.
func check(call core.TargetCall) error {
	if len(call.Outputs) != 1 {
		return fmt.Errorf("%w: outputs of %d views, not of the teacher's only", core.ErrShape, len(call.Outputs))
	}
	if err := sdk.Expect("outputs", call.Outputs[0], tensor.Float32, sdk.Any, sdk.Any); err != nil {
		return err
	}
	rows, width := call.Outputs[0].Shape[0], call.Outputs[0].Shape[1]
	if err := sdk.Expect("targets", call.Targets, tensor.Float32, rows, width); err != nil {
		return err
	}
	return sdk.Expect("weights", call.Weights, tensor.Float32, rows)
}
