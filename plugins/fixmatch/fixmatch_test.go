package fixmatch

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestProgram(t *testing.T) {
	p := sdktest.StrategyCase{Component: Component}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 1 || p.Phases[0].Name != "joint" || p.Predict != "supervised" {
		t.Fatalf("%+v", p)
	}
	pseudo := p.Branches[1]
	if pseudo.Source != core.Unlabeled || pseudo.Outputs != 5 || pseudo.Origin != core.FromOutputs {
		t.Errorf("pseudo is %+v", pseudo)
	}
	if weak, strong := pseudo.Views[0], pseudo.Views[1]; !weak.NoGradient || !weak.Augment || strong.NoGradient ||
		!strong.Augment || weak.Draw != strong.Draw {
		t.Errorf("views are %+v", pseudo.Views)
	}
}

// logit is the inverse of the sigmoid.
func logit(p float64) float32 { return float32(math.Log(p / (1 - p))) }

func label(t *testing.T, options map[string]any, call core.TargetCall) error {
	t.Helper()
	s, err := Component.Strategy(sdktest.Values(t, Component, options))
	if err != nil {
		t.Fatal(err)
	}
	return s.(core.TargetMaker).ComputeTargets(context.Background(), call)
}

func newCall(rows, classes int, logits ...float32) core.TargetCall {
	call := core.TargetCall{Outputs: []tensor.Tensor{tensor.FromFloat32(logits, rows, classes)},
		Targets: tensor.New(tensor.Float32, rows, classes), Weights: tensor.New(tensor.Float32, rows)}
	for i := range call.Weights.Float32s() {
		call.Weights.Float32s()[i] = 1
	}
	return call
}

// TestLabels has three rows of four classes: all sure, three of them, and two.
func TestLabels(t *testing.T) {
	logits := []float32{
		logit(0.99), logit(0.01), logit(0.91), logit(0.09),
		logit(0.99), logit(0.6), logit(0.02), logit(0.05),
		logit(0.8), logit(0.2), 200, -200,
	}
	for _, c := range []struct {
		coverage float64
		weights  []float32
	}{
		{1, []float32{1, 0, 0}}, {0.75, []float32{1, 1, 0}}, {0.5, []float32{1, 1, 1}}, {0.51, []float32{1, 1, 0}},
	} {
		call := newCall(3, 4, logits...)
		if err := label(t, map[string]any{"threshold": 0.9, "coverage": c.coverage}, call); err != nil {
			t.Fatal(err)
		}
		if got := call.Weights.Float32s(); !slices.Equal(got, c.weights) {
			t.Errorf("coverage %g: weights %v, want %v", c.coverage, got, c.weights)
		}
		for i, want := range []float32{1, 0, 1, 0, 1, 0.6, 0, 0, 0.8, 0.2, 1, 0} {
			if got := call.Targets.Float32s()[i]; math.Abs(float64(got-want)) > 1e-6 {
				t.Errorf("target %d is %v, want %v", i, got, want)
			}
		}
	}
}

func TestThresholdOfOneTrustsNothing(t *testing.T) {
	call := newCall(1, 2, 1000, -1000)
	if err := label(t, map[string]any{"threshold": 1.0, "coverage": 0.1}, call); err != nil ||
		call.Weights.Float32s()[0] != 0 {
		t.Errorf("weight %v, %v", call.Weights.Float32s(), err)
	}
}

func TestComputeTargetsRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*core.TargetCall){
		"targets":  func(c *core.TargetCall) { c.Targets = tensor.New(tensor.Float32, 2, 3) },
		"weights":  func(c *core.TargetCall) { c.Weights = tensor.New(tensor.Float32, 3) },
		"outputs":  func(c *core.TargetCall) { c.Outputs[0] = tensor.New(tensor.Int32, 2, 2) },
		"no views": func(c *core.TargetCall) { c.Outputs = nil },
	} {
		call := newCall(2, 2, 1, 2, 3, 4)
		spoil(&call)
		if err := label(t, nil, call); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
