package mse

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorch(t *testing.T) {
	sdktest.Fixtures(t, Component, "testdata/losses.json")
}

func TestGradient(t *testing.T) {
	for _, of := range []string{"outputs", "sigmoid", "softmax"} {
		sdktest.LossCase{Component: Component, Options: map[string]any{"of": of}, Call: core.LossCall{
			Predictions: tensor.FromFloat32([]float32{-2, 0.3, 1.5, 0.7, -0.2, 2.1}, 2, 3),
			Targets:     tensor.FromFloat32([]float32{0, 1, -0.5, 0.3, 0, 1}, 2, 3),
			Weights:     tensor.FromFloat32([]float32{1, 0.5}),
		}}.Check(t)
	}
}

// TestReduction states it in numbers: errors 2 and 4 of two rows of two columns.
func TestReduction(t *testing.T) {
	value, _ := sdktest.LossCase{Component: Component, Call: core.LossCall{
		Predictions: tensor.FromFloat32([]float32{2, 0, 0, 4}, 2, 2),
		Targets:     tensor.New(tensor.Float32, 2, 2),
		Weights:     tensor.FromFloat32([]float32{1, 0.5}),
	}}.Evaluate(t)
	if value != 3 { // (4·1 + 16·0.5) / 2 columns / 2 rows
		t.Errorf("got %g, want 3", value)
	}
}
