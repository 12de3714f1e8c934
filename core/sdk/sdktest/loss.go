package sdktest

import (
	"context"
	"errors"
	"math"
	"testing"

	"montage/core"
	"montage/core/conform"
	"montage/core/tensor"
)

// LossCase is one case: a loss with options, and the call it gets.
type LossCase struct {
	Component core.Component
	Options   map[string]any
	Call      core.LossCall
	// Views is the number of views, 0 for 1.
	Views int
}

// New makes an instance and plans it for the call.
func (l LossCase) New(t testing.TB) core.Loss {
	t.Helper()
	loss, err := l.Component.Loss(Values(t, l.Component, l.Options))
	if err != nil {
		t.Fatal(err)
	}
	// The first target that the loss names, because the case does not say.
	in := core.LossInput{Outputs: l.Call.Predictions.Shape[1], Rows: l.Call.Predictions.Shape[0],
		Target: l.Component.Targets[0], Views: max(l.Views, 1)}
	if !l.Call.Targets.IsZero() {
		in.TargetWidth = l.Call.Targets.Shape[1]
	}
	if _, err := loss.Plan(in); err != nil {
		t.Fatal(err)
	}
	return loss
}

// Evaluate returns the value and the gradient of the call.
func (l LossCase) Evaluate(t testing.TB) (float64, []float32) {
	t.Helper()
	l.Call.GradPredictions = tensor.New(tensor.Float32, l.Call.Predictions.Shape...)
	value, err := l.New(t).Evaluate(context.Background(), l.Call)
	if err != nil {
		t.Fatal(err)
	}
	return value, l.Call.GradPredictions.Float32s()
}

// Check compares the gradient of the call with finite differences, and runs the
// conformance kit on calls of its own.
func (l LossCase) Check(t testing.TB) {
	t.Helper()
	_, gradient := l.Evaluate(t)
	loss := l.New(t)
	err := conform.Gradient{Of: "predictions", X: l.Call.Predictions.Float32s(), Claimed: gradient, Step: 1e-2,
		Scalar: func() (float64, error) { return loss.Evaluate(context.Background(), l.Call) }}.Check()
	if err != nil {
		t.Errorf("%s: %v", l.Component.Name, err)
	}
	check(t, conform.Subject{Component: l.Component, Options: l.Options})
}

// fixture is what a loss's testdata/fixtures.py writes.
type fixture struct {
	Rows, Classes            int
	Logits, Targets, Weights []float32
	Cases                    []struct {
		Options  map[string]any
		Targets  []float32 // those of the fixture when empty
		Value    float64
		Gradient []float64
	}
}

// Fixtures compares a loss with values and gradients from another library, to within 1e-5
// of the value and of the largest element of the gradient.
func Fixtures(t *testing.T, c core.Component, path string) {
	t.Helper()
	var f fixture
	Read(t, path, &f)
	if len(f.Cases) == 0 {
		t.Fatalf("%s has no cases", path)
	}
	for _, each := range f.Cases {
		if len(each.Targets) == 0 {
			each.Targets = f.Targets
		}
		value, gradient := LossCase{Component: c, Options: each.Options, Call: core.LossCall{
			Predictions: tensor.FromFloat32(f.Logits, f.Rows, f.Classes),
			Targets:     tensor.FromFloat32(each.Targets, f.Rows, f.Classes),
			Weights:     tensor.FromFloat32(f.Weights)}}.Evaluate(t)
		// Negated, so that NaN fails. The same holds for the gradient.
		if !(math.Abs(value-each.Value) <= 1e-5*math.Abs(each.Value)) {
			t.Errorf("%s %v is %.9g, want %.9g", c.Name, each.Options, value, each.Value)
		}
		// By the largest element: beside it the small ones are mostly rounding.
		scale := 0.0
		for _, g := range each.Gradient {
			scale = max(scale, math.Abs(g))
		}
		for i, g := range each.Gradient {
			if !(math.Abs(float64(gradient[i])-g) <= 1e-5*scale) {
				t.Errorf("%s %v: gradient %d is %.9g, want %.9g", c.Name, each.Options, i, gradient[i], g)
			}
		}
	}
}

// ClassWeightsCheck requires that a loss refuses weights for another number of classes than
// it has, by an error of its option class_weights.
func ClassWeightsCheck(t testing.TB, c core.Component) {
	t.Helper()
	loss, err := c.Loss(Values(t, c, map[string]any{core.ClassWeights: []any{1.0, 2.0}}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = loss.Plan(core.LossInput{Outputs: 3, TargetWidth: 3, Rows: 1, Target: c.Targets[0], Views: 1})
	var option *core.OptionError
	if !errors.As(err, &option) || option.Path != core.ClassWeights {
		t.Errorf("%s takes 2 class weights for 3 classes: %v", c.Name, err)
	}
}
