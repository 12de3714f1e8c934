package cosine

import (
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorch(t *testing.T) {
	sdktest.Fixtures(t, Component, "testdata/losses.json")
}

func call(weights ...float32) core.LossCall {
	return core.LossCall{
		Predictions: tensor.FromFloat32([]float32{-2, 0.3, 1.5, 0.7, -0.2, 2.1}, 2, 3),
		Targets:     tensor.FromFloat32([]float32{0, 3, 0, -0.7, 0.2, -2.1}, 2, 3),
		Weights:     tensor.FromFloat32(weights),
	}
}

func TestGradient(t *testing.T) {
	sdktest.LossCase{Component: Component, Call: call(1, 0.5)}.Check(t)
}

// TestReduction: the second row is the opposite of its target, which is the worst.
func TestReduction(t *testing.T) {
	for _, c := range []struct{ first, second, want float64 }{{0, 1, 2}, {0, 0.5, 1}, {0, 0, 0}} {
		value, _ := sdktest.LossCase{Component: Component, Call: call(float32(c.first), float32(c.second))}.Evaluate(t)
		if math.Abs(value-c.want) > 1e-6 {
			t.Errorf("weights %g and %g give %g, want %g", c.first, c.second, value, c.want)
		}
	}
}
