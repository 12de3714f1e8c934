package ntxent

import (
	"math"
	"strings"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorch(t *testing.T) {
	var f struct {
		Rows, Width      int
		Vectors, Weights []float32
		Cases            []struct {
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
		value, gradient := sdktest.LossCase{Component: Component, Options: c.Options, Views: 2, Call: core.LossCall{
			Predictions: tensor.FromFloat32(f.Vectors, f.Rows, f.Width),
			Weights:     tensor.FromFloat32(f.Weights)}}.Evaluate(t)
		// A low temperature enlarges the rounding of the similarities.
		near := 1e-5 + 2e-7/c.Options["temperature"].(float64)
		if !(math.Abs(value-c.Value) <= near*math.Abs(c.Value)) {
			t.Errorf("%v: %.9g, want %.9g", c.Options, value, c.Value)
		}
		scale := 0.0
		for _, g := range c.Gradient {
			scale = max(scale, math.Abs(g))
		}
		for i, g := range c.Gradient {
			if !(math.Abs(float64(gradient[i])-g) <= near*scale) {
				t.Errorf("%v: gradient %d is %.9g, want %.9g", c.Options, i, gradient[i], g)
			}
		}
	}
}

func call(rows int) sdktest.LossCase {
	x, w := tensor.New(tensor.Float32, rows, 3), tensor.New(tensor.Float32, rows)
	for i := range x.Float32s() {
		x.Float32s()[i] = float32(i*i%7) - 2.6
	}
	for i := range w.Float32s() {
		w.Float32s()[i] = 1
	}
	return sdktest.LossCase{Component: Component, Views: 2, Call: core.LossCall{Predictions: x, Weights: w}}
}

func TestGradient(t *testing.T) {
	for _, rows := range []int{4, 10} {
		call(rows).Check(t)
	}
}

// TestChance is what the loss of a model without any idea is: all vectors equal,
// every anchor sees R-1 others alike. A single pair is always right.
func TestChance(t *testing.T) {
	l := call(6)
	for i := range l.Call.Predictions.Float32s() {
		l.Call.Predictions.Float32s()[i] = 1
	}
	if value, _ := l.Evaluate(t); math.Abs(value-math.Log(5)) > 1e-6 {
		t.Errorf("six equal rows give %g, want log 5", value)
	}
	if value, _ := call(2).Evaluate(t); math.Abs(value) > 1e-6 {
		t.Errorf("one pair gives %g, want 0", value)
	}
}

// TestLengthsDoNotMatter states that similarities are cosines.
func TestLengthsDoNotMatter(t *testing.T) {
	l := call(6)
	before, _ := l.Evaluate(t)
	for i := range l.Call.Predictions.Float32s()[:9] {
		l.Call.Predictions.Float32s()[i] *= 8
	}
	if after, _ := l.Evaluate(t); math.Abs(after-before) > 1e-6 {
		t.Errorf("longer vectors change the loss from %g to %g", before, after)
	}
}

func TestOtherNumbersOfViewsAreRefused(t *testing.T) {
	loss, err := Component.Loss(sdktest.Values(t, Component, nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = loss.Plan(core.LossInput{Outputs: 3, Target: core.TargetNone, Rows: 6, Views: 3})
	if err == nil || !strings.Contains(err.Error(), "compares 2 views, but the branch has 3") {
		t.Errorf("got %v", err)
	}
}
