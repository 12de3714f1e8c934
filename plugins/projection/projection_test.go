package projection

import (
	"context"
	"errors"
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

type fixture struct {
	Features, Grad []float32
	Offsets        []int32
	Cases          []fixtureCase
}

type fixtureCase struct {
	Options             map[string]any
	Names               []string
	Params              map[string][]float32
	Output, Used, Input []float64
	Updates, Gradients  map[string][]float64
}

func TestAgreesWithTorch(t *testing.T) {
	var f fixture
	sdktest.Read(t, "testdata/heads.json", &f)
	if len(f.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range f.Cases {
		f.check(t, c)
	}
}

func (f fixture) check(t *testing.T, c fixtureCase) {
	t.Helper()
	layer, plan := sdktest.ModuleCase{Component: Component, Options: c.Options, Input: core.ModuleInput{Features: 4,
		Frames: 9, Rows: 5}}.New(t)
	call := core.ModuleCall{Train: true, Features: tensor.FromFloat32(f.Features, 8, 4),
		Offsets: tensor.FromInt32(f.Offsets)}
	gradients, updates := make([]tensor.Tensor, len(plan.Params)), make([]tensor.Tensor, len(plan.Params))
	for i, p := range plan.Params {
		if p.Name != c.Names[i] {
			t.Fatalf("%v: parameter %d is %s, want %s", c.Options, i, p.Name, c.Names[i])
		}
		call.Params = append(call.Params, tensor.FromFloat32(c.Params[p.Name], p.Shape...))
		if p.Buffer {
			updates[i] = tensor.New(tensor.Float32, p.Shape...)
		} else if !p.Frozen {
			gradients[i] = tensor.New(tensor.Float32, p.Shape...)
		}
	}
	output, input := tensor.New(tensor.Float32, 4, 3), tensor.New(tensor.Float32, 8, 4)
	if err := layer.Forward(context.Background(), core.ModuleForward{ModuleCall: call, Gradient: true, Output: output,
		Updates: updates}); err != nil {
		t.Fatal(err)
	}
	compare(t, "output", output, c.Output)
	if err := layer.Backward(context.Background(), core.ModuleBackward{ModuleCall: call,
		GradOutput: tensor.FromFloat32(f.Grad, 4, 3), GradInput: input, GradParams: gradients}); err != nil {
		t.Fatal(err)
	}
	compare(t, "gradient of features", input, c.Input)
	for i, p := range plan.Params {
		if p.Buffer {
			compare(t, "update of "+p.Name, updates[i], c.Updates[p.Name])
			call.Params[i] = updates[i]
		} else if !p.Frozen {
			compare(t, "gradient of "+p.Name, gradients[i], c.Gradients[p.Name])
		}
	}
	call.Train = false
	if err := layer.Forward(context.Background(), core.ModuleForward{ModuleCall: call, Output: output}); err != nil {
		t.Fatal(err)
	}
	compare(t, "output in use", output, c.Used)
}

func compare(t *testing.T, what string, seen tensor.Tensor, want []float64) {
	t.Helper()
	if seen.Len() != len(want) {
		t.Fatalf("%s has %d numbers, want %d", what, seen.Len(), len(want))
	}
	for i, w := range want {
		if s := float64(seen.Float32s()[i]); !(math.Abs(s-w) <= 1e-5*(1+math.Abs(w))) {
			t.Errorf("%s: number %d is %g, want %g", what, i, s, w)
		}
	}
}

func TestGradientsAndPurity(t *testing.T) {
	for _, options := range []map[string]any{
		{"outputs": 3},
		{"outputs": 3, "layers": 3, "hidden": 6, "pool": "max"},
		{"outputs": 3, "batchnorm": "hidden"},
		{"outputs": 3, "layers": 1, "batchnorm": "none"},
		{"outputs": 3, "layers": 1, "last": "hidden"},
	} {
		sdktest.ModuleCase{Component: Component, Options: options, Input: core.ModuleInput{Features: 4, Frames: 12,
			Rows: 6}}.Check(t)
	}
}

// TestCounts is SimCLR's head behind a ResNet-50: 2048·2048 + 2·2048 and
// 2048·128 + 128 numbers that are trained.
func TestCounts(t *testing.T) {
	_, plan := sdktest.ModuleCase{Component: Component,
		Input: core.ModuleInput{Features: 2048, Frames: 2, Rows: 2}}.New(t)
	trained := 0
	for _, s := range plan.Stages {
		trained += s.Trainable
	}
	if want := 2048*2048 + 2*2048 + 2048*128 + 128; trained != want || plan.Outputs != 128 {
		t.Errorf("%d numbers are trained, want %d; %d outputs", trained, want, plan.Outputs)
	}
}

func TestWidthOfTheBranch(t *testing.T) {
	layer, err := Component.Head(sdktest.Values(t, Component, nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = layer.Plan(core.ModuleInput{Features: 4, Outputs: 6, Frames: 2, Rows: 2})
	var fault *core.OptionError
	if !errors.As(err, &fault) || fault.Path != "outputs" {
		t.Errorf("got %v", err)
	}
}
