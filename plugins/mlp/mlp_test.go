package mlp

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
	Params         [][]float32
	Cases          []struct {
		Pool          string
		Output, Input []float64
		Gradients     [][]float64
	}
}

func TestAgreesWithTorch(t *testing.T) {
	var f fixture
	sdktest.Read(t, "testdata/heads.json", &f)
	if len(f.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range f.Cases {
		layer, plan := sdktest.ModuleCase{Component: Component, Options: map[string]any{"hidden": []any{4, 3},
			"pool": c.Pool, "dropout": 0.5},
			Input: core.ModuleInput{Features: 6, Outputs: 2, Frames: 8, Rows: 4}}.New(t)
		// Not a training forward: dropout is off.
		call := core.ModuleCall{Features: tensor.FromFloat32(f.Features, 5, 6), Offsets: tensor.FromInt32(f.Offsets)}
		var gradients []tensor.Tensor
		for i, p := range plan.Params {
			call.Params = append(call.Params, tensor.FromFloat32(f.Params[i], p.Shape...))
			gradients = append(gradients, tensor.New(tensor.Float32, p.Shape...))
		}
		output, input := tensor.New(tensor.Float32, 2, 2), tensor.New(tensor.Float32, 5, 6)
		if err := layer.Forward(context.Background(), core.ModuleForward{ModuleCall: call,
			Output: output}); err != nil {
			t.Fatal(err)
		}
		if err := layer.Backward(context.Background(), core.ModuleBackward{ModuleCall: call,
			GradOutput: tensor.FromFloat32(f.Grad, 2, 2), GradInput: input, GradParams: gradients}); err != nil {
			t.Fatal(err)
		}
		compare(t, c.Pool+" output", output, c.Output)
		compare(t, c.Pool+" gradient of features", input, c.Input)
		for i, p := range plan.Params {
			compare(t, c.Pool+" gradient of "+p.Name, gradients[i], c.Gradients[i])
		}
	}
}

func compare(t *testing.T, what string, seen tensor.Tensor, want []float64) {
	t.Helper()
	if seen.Len() != len(want) {
		t.Fatalf("%s has %d numbers, want %d", what, seen.Len(), len(want))
	}
	for i, w := range want {
		if s := float64(seen.Float32s()[i]); !(math.Abs(s-w) <= 1e-6*(1+math.Abs(w))) {
			t.Errorf("%s: number %d is %g, want %g", what, i, s, w)
		}
	}
}

// TestCounts are the two heads that the sample classifier is made of.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		hidden        []any
		outputs, want int
	}{
		{[]any{1024, 512, 256}, 85, 2776149},
		{[]any{512, 256, 128}, 6, 1214086},
	} {
		_, plan := sdktest.ModuleCase{Component: Component, Options: map[string]any{"hidden": c.hidden},
			Input: core.ModuleInput{Features: 2048, Outputs: c.outputs, Frames: 2, Rows: 1}}.New(t)
		total := 0
		for _, s := range plan.Stages {
			total += s.Trainable
		}
		if total != c.want || plan.Outputs != c.outputs || len(plan.Stages) != 4 {
			t.Errorf("%v has %d parameters, want %d; %d outputs, stages %+v", c.hidden, total, c.want, plan.Outputs,
				plan.Stages)
		}
	}
}

func TestGradientsAndPurity(t *testing.T) {
	for _, options := range []map[string]any{
		nil,
		{"hidden": []any{6}, "dropout": 0.3},
		{"hidden": []any{6, 5}, "pool": "max", "outputs": 3},
	} {
		sdktest.ModuleCase{Component: Component, Options: options,
			Input: core.ModuleInput{Features: 4, Outputs: 3, Frames: 7, Rows: 3}}.Check(t)
	}
}

func TestOutputsAreSettled(t *testing.T) {
	for _, c := range []struct {
		option, branch, want int
	}{{0, 6, 6}, {4, 0, 4}, {6, 6, 6}, {0, 0, 0}, {5, 6, 0}} {
		layer, err := Component.Head(sdktest.Values(t, Component, map[string]any{"outputs": c.option}))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := layer.Plan(core.ModuleInput{Features: 4, Outputs: c.branch, Frames: 1, Rows: 1})
		var fault *core.OptionError
		if c.want == 0 && (!errors.As(err, &fault) || fault.Path != "outputs") || c.want != plan.Outputs {
			t.Errorf("%+v gave %d, %v", c, plan.Outputs, err)
		}
	}
}
