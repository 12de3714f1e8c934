package engine

import (
	"fmt"
	"math"
	"slices"
	"time"

	"montage/core"
	"montage/core/hint"
	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/model"
)

const diverged = "a lower learning rate, a warm-up, or batchnorm = \"batch\" usually helps; a NaN at step 1 " +
	"points to the data or the weights"

// checkLoss refuses a loss that is not finite. It names the outputs too: they say whether
// the loss is to blame.
func checkLoss(loss float64, outputs tensor.Tensor) error {
	if !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		return nil
	}
	if i := firstBad(outputs.Float32s()); i >= 0 {
		row := i / outputs.Shape[1]
		return hint.With(fmt.Errorf("loss is %g, as output %v is in row %d: %w", loss, outputs.Float32s()[i], row,
			core.ErrNotFinite), diverged)
	}
	return hint.With(fmt.Errorf("loss is %g though all outputs are finite: %w", loss, core.ErrNotFinite), diverged)
}

// checkModules refuses numbers of a branch's backward pass that are not finite.
func (e *Engine) checkModules(b *model.Branch) error {
	defer e.took("checks", time.Now())
	for _, m := range b.Modules() {
		if err := checkModule(m); err != nil {
			return err
		}
	}
	return nil
}

// checkModule looks at parameter after parameter, at the gradient first. So of several bad
// numbers the error always names the same one.
func checkModule(m *model.StatefulModule) error {
	for i, param := range m.Plan.Params {
		for _, written := range []struct {
			what   string
			values tensor.Tensor
		}{{"gradient", m.Grads[i]}, {"new value", m.Updates[i]}} {
			values := written.values.Float32s()
			if at := firstBad(values); at >= 0 {
				return hint.With(fmt.Errorf("%s: %s of %s is %v at element %d: %w", m.Name, written.what,
					param.Name, values[at], at, core.ErrNotFinite), diverged)
			}
		}
	}
	return nil
}

// chunk is how many elements one goroutine looks at.
const chunk = 1 << 16

// firstBad returns the index of the first NaN or infinity, or -1.
func firstBad(values []float32) int {
	bad := make([]bool, (len(values)+chunk-1)/chunk)
	parallel.Chunks(len(values), chunk, func(from, to int) { bad[from/chunk] = !finite(values[from:to]) })
	if !slices.Contains(bad, true) {
		return -1
	}
	return slices.IndexFunc(values, func(v float32) bool { return v*0 != 0 })
}

// finite sums v·0, which is not zero exactly when some v is a NaN or an infinity:
// a loop without branches over the many good values, in sums that do not wait for
// each other.
func finite(values []float32) bool {
	var a, b, c, d float32
	for ; len(values) >= 4; values = values[4:] {
		a += values[0] * 0
		b += values[1] * 0
		c += values[2] * 0
		d += values[3] * 0
	}
	for _, v := range values {
		a += v * 0
	}
	return a+b+c+d == 0
}
