package crossentropy

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorch(t *testing.T) {
	sdktest.Fixtures(t, Component, "testdata/losses.json")
}

// call has moderate logits: differences of large ones lose their digits.
func call(weights ...float32) core.LossCall {
	return core.LossCall{
		Predictions: tensor.FromFloat32([]float32{-2, 0.3, 1.5, 0.7, -0.2, 2.1}, 2, 3),
		Targets:     tensor.FromFloat32([]float32{0, 1, 0, 0, 0, 1}, 2, 3),
		Weights:     tensor.FromFloat32(weights),
	}
}

func TestGradient(t *testing.T) {
	weights := []any{0.5, 2.0, 3.0}
	for _, options := range []map[string]any{nil, {"label_smoothing": 0.2}, {"class_weights": weights}} {
		sdktest.LossCase{Component: Component, Options: options, Call: call(1, 0.5)}.Check(t)
	}
}

// TestReduction states it in numbers: a row of weight 0 counts as one of loss 0.
func TestReduction(t *testing.T) {
	value := func(weights ...float32) float64 {
		v, _ := sdktest.LossCase{Component: Component, Call: call(weights...)}.Evaluate(t)
		return v
	}
	both, first, second := value(1, 1), value(1, 0), value(0, 1)
	if d := both - first - second; d > 1e-6 || d < -1e-6 || first <= 0 || second <= 0 {
		t.Errorf("%g of both rows is not %g + %g", both, first, second)
	}
}

func TestClassWeightsOfAnotherNumberOfClasses(t *testing.T) {
	sdktest.ClassWeightsCheck(t, Component)
}
