package entropy

import (
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorch(t *testing.T) {
	var f struct {
		Rows, Classes   int
		Logits, Weights []float32
		Cases           []struct {
			Options  map[string]any
			Value    float64
			Gradient []float64
		}
	}
	sdktest.Read(t, "testdata/losses.json", &f)
	if len(f.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range f.Cases {
		value, gradient := sdktest.LossCase{Component: Component, Options: c.Options, Call: core.LossCall{
			Predictions: tensor.FromFloat32(f.Logits, f.Rows, f.Classes),
			Weights:     tensor.FromFloat32(f.Weights)}}.Evaluate(t)
		if !(math.Abs(value-c.Value) <= 1e-5*c.Value) {
			t.Errorf("%v: %.9g, want %.9g", c.Options, value, c.Value)
		}
		for i, g := range c.Gradient {
			if !(math.Abs(float64(gradient[i])-g) <= 1e-6) {
				t.Errorf("%v: gradient %d is %.9g, want %.9g", c.Options, i, gradient[i], g)
			}
		}
	}
}

func evaluate(t *testing.T, of string, logits ...float32) float64 {
	t.Helper()
	value, gradient := sdktest.LossCase{Component: Component, Options: map[string]any{"of": of}, Call: core.LossCall{
		Predictions: tensor.FromFloat32(logits, 1, len(logits)), Weights: tensor.FromFloat32([]float32{1})}}.Evaluate(t)
	for _, g := range gradient {
		if g != g || math.Abs(float64(g)) > 1 {
			t.Errorf("%s of %v: the gradient is %v", of, logits, gradient)
		}
	}
	return value
}

// TestBounds are the entropies of knowing nothing and of knowing all.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		of     string
		logits []float32
		want   float64
	}{
		{"sigmoid", []float32{0, 0, 0}, math.Log(2)},
		{"softmax", []float32{7, 7, 7}, math.Log(3)},
		{"sigmoid", []float32{100, -100, 1000}, 0},
		{"softmax", []float32{100, -100, 1000}, 0},
	} {
		if got := evaluate(t, c.of, c.logits...); math.Abs(got-c.want) > 1e-6 || got < 0 {
			t.Errorf("%s of %v is %g, want %g", c.of, c.logits, got, c.want)
		}
	}
}

func TestGradient(t *testing.T) {
	for _, of := range []string{"sigmoid", "softmax"} {
		sdktest.LossCase{Component: Component, Options: map[string]any{"of": of}, Call: core.LossCall{
			Predictions: tensor.FromFloat32([]float32{-2, 0.3, 1.5, 0.7, -0.2, 2.1}, 2, 3),
			Weights:     tensor.FromFloat32([]float32{1, 0.5})}}.Check(t)
	}
}
