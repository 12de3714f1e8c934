package fixmatch

import (
	"context"
	"fmt"
	"math"

	"montage/core"
	"montage/core/sdk"
	"montage/core/tensor"
)

// ComputeTargets labels the rows of the strong view with the predictions on the weak one.
func (s fixMatch) ComputeTargets(ctx context.Context, call core.TargetCall) error {
	if err := check(call); err != nil {
		return err
	}
	rows, classes := call.Outputs[0].Shape[0], call.Outputs[0].Shape[1]
	logits, targets, weights := call.Outputs[0].Float32s(), call.Targets.Float32s(), call.Weights.Float32s()
	for r := range rows {
		confident := s.label(targets[r*classes:(r+1)*classes], logits[r*classes:(r+1)*classes])
		weights[r] = 0
		if float64(confident) >= s.Coverage*float64(classes) {
			weights[r] = 1
		}
	}
	return ctx.Err()
}

// label writes the targets of one row and counts the confident classes. Without the test of
// Threshold < 1, a sigmoid that rounds to 1 would count as confident at threshold 1.
func (s fixMatch) label(targets, logits []float32) (confident int) {
	for k, x := range logits {
		p := 1 / (1 + math.Exp(-float64(x)))
		targets[k] = float32(p)
		switch {
		case p >= s.Threshold && s.Threshold < 1:
			targets[k] = 1
			confident++
		case p <= 1-s.Threshold && s.Threshold < 1:
			targets[k] = 0
			confident++
		}
	}
	return confident
}

// check reports tensors whose shapes do not match, as core.ErrShape.
func check(call core.TargetCall) error {
	if len(call.Outputs) != 1 {
		return fmt.Errorf("%w: outputs of %d views, not of the weak view only", core.ErrShape, len(call.Outputs))
	}
	if err := sdk.Expect("outputs", call.Outputs[0], tensor.Float32, sdk.Any, sdk.Any); err != nil {
		return err
	}
	rows, classes := call.Outputs[0].Shape[0], call.Outputs[0].Shape[1]
	if err := sdk.Expect("targets", call.Targets, tensor.Float32, rows, classes); err != nil {
		return err
	}
	return sdk.Expect("weights", call.Weights, tensor.Float32, rows)
}
