package engine

import (
	"fmt"
	"math"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/model"
)

const diverged = "\nhint: a lower learning rate, a warm-up, or batchnorm = \"batch\" usually helps; a NaN at step 1 points to the data or the weights"

// finiteLoss names the outputs too: they say whether the loss is to blame.
func finiteLoss(loss float64, output tensor.Tensor) error {
	if !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return nil
	}
	if i := firstBad(output.Float32s()); i >= 0 {
		row := i / output.Shape[1]
		return fmt.Errorf("loss is %g, as output %v is in row %d: %w%s", loss, output.Float32s()[i], row, core.ErrNotFinite, diverged)
	}
	return fmt.Errorf("loss is %g though all outputs are finite: %w%s", loss, core.ErrNotFinite, diverged)
}

// finitePart checks what a backward pass wrote.
func finitePart(p *model.Part) error {
	for i, param := range p.Plan.Params {
		for what, t := range map[string]tensor.Tensor{"gradient": p.Grads[i], "new value": p.Updates[i]} {
			if at := firstBad(t.Float32s()); at >= 0 {
				return fmt.Errorf("%s: %s of %s is %v at element %d: %w%s", p.Name, what, param.Name, t.Float32s()[at], at, core.ErrNotFinite, diverged)
			}
		}
	}
	return nil
}

// firstBad returns the index of the first NaN or infinity, or -1. The sum of v·0
// is not zero exactly when there is one: a loop without branches over the many
// good tensors.
func firstBad(values []float32) int {
	var sum float32
	for _, v := range values {
		sum += v * 0
	}
	if sum == 0 {
		return -1
	}
	for i, v := range values {
		if v*0 != 0 {
			return i
		}
	}
	return -1
}
