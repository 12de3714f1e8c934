package byol

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestProgram(t *testing.T) {
	for unit, draw := range map[string]int{"frame": 0, "sample": 1} {
		p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"unit": unit, "decay": 0.9}}.Check(t)
		if len(p.Branches) != 2 || len(p.Phases) != 2 || p.Predict != "supervised" || p.Teacher.Decay != 0.9 {
			t.Fatalf("%+v", p)
		}
		latent := p.Branches[0]
		if !slices.Equal(latent.Heads, []string{"head", "predictor"}) || latent.Target != core.TargetVector ||
			len(latent.Views) != 4 {
			t.Fatalf("latent is %+v", latent)
		}
		for i, v := range latent.Views[:2] {
			if !v.Augment || v.NoGradient || v.Draw != i*draw {
				t.Errorf("unit %s: view %d is %+v", unit, i, v)
			}
		}
		for i, v := range latent.Views[2:] {
			if v.SharesFramesOf != latent.Views[i].Name || !v.Teacher || v.StopsAtHead != "head" {
				t.Errorf("view %+v", v)
			}
		}
	}
}

func newCall() core.TargetCall {
	return core.TargetCall{
		Outputs: []tensor.Tensor{tensor.FromFloat32([]float32{1, 2, 3, 4}, 2, 2),
			tensor.FromFloat32([]float32{5, 6, 7, 8}, 2, 2)},
		Targets: tensor.New(tensor.Float32, 4, 2), Weights: tensor.New(tensor.Float32, 4)}
}

func TestViewsExchangeTargets(t *testing.T) {
	call := newCall()
	if err := (byol{}).ComputeTargets(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	if got := call.Targets.Float32s(); !slices.Equal(got, []float32{5, 6, 7, 8, 1, 2, 3, 4}) {
		t.Errorf("targets are %v", got)
	}
}

func TestComputeTargetsRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*core.TargetCall){
		"targets": func(c *core.TargetCall) { c.Targets = tensor.New(tensor.Float32, 4, 3) },
		"weights": func(c *core.TargetCall) { c.Weights = tensor.New(tensor.Float32, 2) },
		"other":   func(c *core.TargetCall) { c.Outputs[1] = tensor.New(tensor.Float32, 2, 3) },
		"views":   func(c *core.TargetCall) { c.Outputs = c.Outputs[:1] },
	} {
		call := newCall()
		spoil(&call)
		err := (byol{}).ComputeTargets(context.Background(), call)
		if !errors.Is(err, core.ErrShape) || name == "targets" && !strings.Contains(hint.Text(err), "\nhint: head and "+
			"predictor") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
