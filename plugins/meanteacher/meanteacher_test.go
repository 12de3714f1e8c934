package meanteacher

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
	p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"decay": 0.5, "warmup": false}}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 1 || p.Phases[0].Name != "joint" || p.Predict != "supervised" ||
		*p.Teacher != (core.Teacher{Decay: 0.5}) {
		t.Fatalf("%+v", p)
	}
	c := p.Branches[1]
	if c.Source != core.Everything || c.Target != core.TargetVector || c.Outputs != 5 {
		t.Errorf("consistency is %+v", c)
	}
	if student, teacher := c.Views[0], c.Views[1]; student.NoGradient || !teacher.Teacher || !teacher.Augment ||
		teacher.SharesFramesOf != "" {
		t.Errorf("views are %+v", c.Views)
	}
}

func compute(t *testing.T, options map[string]any, call core.TargetCall) error {
	t.Helper()
	s, err := Component.Strategy(sdktest.Values(t, Component, options))
	if err != nil {
		t.Fatal(err)
	}
	return s.(core.TargetMaker).ComputeTargets(context.Background(), call)
}

func newCall(progress float64) core.TargetCall {
	return core.TargetCall{StepContext: core.StepContext{Progress: progress},
		Outputs: []tensor.Tensor{tensor.FromFloat32([]float32{1, -2, 3, 4, 5, -6}, 2, 3)},
		Targets: tensor.New(tensor.Float32, 2, 3), Weights: tensor.New(tensor.Float32, 2)}
}

// TestRamp compares with sigmoid_rampup of the paper's code.
func TestRamp(t *testing.T) {
	for _, c := range []struct{ rampUp, progress, want float64 }{
		{0.5, 0, 0.006737946999}, {0.5, 0.25, 0.286504796860}, {0.5, 0.45, 0.951229424500}, {0.5, 0.5, 1},
		{0.5, 0.9, 1}, {0, 0, 1}, {1, 1, 1},
	} {
		call := newCall(c.progress)
		if err := compute(t, map[string]any{"ramp_up": c.rampUp}, call); err != nil {
			t.Fatal(err)
		}
		for _, w := range call.Weights.Float32s() {
			if math.Abs(float64(w)-c.want) > 1e-6 {
				t.Errorf("ramp of %g at %g: weight %g, want %g", c.rampUp, c.progress, w, c.want)
			}
		}
		if !slices.Equal(call.Targets.Float32s(), call.Outputs[0].Float32s()) {
			t.Errorf("targets are %v", call.Targets.Float32s())
		}
	}
}

func TestComputeTargetsRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*core.TargetCall){
		"targets":  func(c *core.TargetCall) { c.Targets = tensor.New(tensor.Float32, 2, 2) },
		"weights":  func(c *core.TargetCall) { c.Weights = tensor.New(tensor.Float32, 3) },
		"outputs":  func(c *core.TargetCall) { c.Outputs[0] = tensor.New(tensor.Float32, 6) },
		"no views": func(c *core.TargetCall) { c.Outputs = nil },
	} {
		call := newCall(0)
		spoil(&call)
		if err := compute(t, nil, call); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
