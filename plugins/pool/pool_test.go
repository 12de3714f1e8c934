package pool

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestPools(t *testing.T) {
	for how, want := range map[string][]float32{"mean": {2, 1, 5, 6}, "max": {3, 4, 5, 6}} {
		layer, plan := sdktest.ModuleCase{Component: Component, Options: map[string]any{"pool": how},
			Input: core.ModuleInput{Features: 2, Outputs: 2, Frames: 3, Rows: 2}}.New(t)
		out := tensor.New(tensor.Float32, 2, 2)
		err := layer.Forward(t.Context(), core.ModuleForward{Output: out, ModuleCall: core.ModuleCall{
			Features: tensor.FromFloat32([]float32{1, 4, 3, -2, 5, 6}, 3, 2),
			Offsets:  tensor.FromInt32([]int32{0, 2, 3})}})
		if err != nil || !slices.Equal(out.Float32s(), want) || len(plan.Params) != 0 || plan.Outputs != 2 {
			t.Errorf("%s: %v, %v; plan %+v", how, out.Float32s(), err, plan)
		}
	}
}

func TestGradientsAndPurity(t *testing.T) {
	for _, how := range []string{"mean", "max"} {
		sdktest.ModuleCase{Component: Component, Options: map[string]any{"pool": how},
			Input: core.ModuleInput{Features: 3, Frames: 7, Rows: 3}}.Check(t)
	}
}

func TestAnotherWidthIsRefused(t *testing.T) {
	layer, err := Component.Head(sdktest.Values(t, Component, nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = layer.Plan(core.ModuleInput{Features: 128, Outputs: 8, Frames: 2, Rows: 2})
	if !errors.Is(err, core.ErrShape) || !strings.Contains(hint.Text(err),
		"\nhint: let the backbone end in a linear layer of 8") {
		t.Errorf("got %v", err)
	}
}
