package sdk

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// What the frozen prefix made stands in for frames: features and gradients are the same to
// the bit, and Backward repeats a forward that was lost from it.
func TestPrefixStandsInForFrames(t *testing.T) {
	layer, call, plan := convolved(t, core.ModuleInput{Size: 8, Frames: 3, Gradient: true})
	if !slices.Equal(plan.FrozenPrefix, []int{8, 8, 16}) {
		t.Fatalf("the prefix gives %v of a frame", plan.FrozenPrefix)
	}
	call.ForwardID, call.Train, call.Gradient = 1, true, true
	forward(t, layer, call)
	features, gradient := bytes.Clone(call.Output.Bytes()), gradientOf(t, layer, call)

	prefix := core.ModuleForward{ModuleCall: call.ModuleCall, PrefixOutput: tensor.New(tensor.Float32, 3, 8, 8, 16)}
	prefix.Train = false
	forward(t, layer, prefix)
	call.Frames, call.PrefixFeatures, call.ForwardID = tensor.Tensor{}, prefix.PrefixOutput, 2
	clear(call.Output.Bytes())
	forward(t, layer, call)
	if !bytes.Equal(call.Output.Bytes(), features) {
		t.Error("other features behind the prefix")
	}
	if got := gradientOf(t, layer, call); !bytes.Equal(got, gradient) {
		t.Error("other gradients behind the prefix")
	}
	call.ForwardID = 3 // of no forward that is kept
	if got := gradientOf(t, layer, call); !bytes.Equal(got, gradient) {
		t.Error("other gradients where the forward was repeated")
	}
	call.PrefixFeatures.Float32s()[0]++
	if forward(t, layer, call); bytes.Equal(call.Output.Bytes(), features) {
		t.Error("the prefix's values do not matter")
	}
}

func gradientOf(t *testing.T, layer core.Module, call core.ModuleForward) []byte {
	t.Helper()
	grad := tensor.New(tensor.Float32, call.Params[1].Shape...)
	back := core.ModuleBackward{ModuleCall: call.ModuleCall, GradOutput: tensor.New(tensor.Float32,
		call.Output.Shape...),
		GradParams: []tensor.Tensor{{}, grad}}
	for i := range back.GradOutput.Float32s() {
		back.GradOutput.Float32s()[i] = float32(i%3) - 1
	}
	if err := layer.Backward(context.Background(), back); err != nil {
		t.Fatal(err)
	}
	return grad.Bytes()
}

// A dropout that only training has between frozen layers leaves no frozen prefix that both
// share, and one that follows them leaves it where it was.
func TestPrefixIsThatOfTrainingAndUse(t *testing.T) {
	for within, want := range map[bool]int{true: 0, false: 1} {
		plan, err := Backbone(func(b *graph.Builder, frames *graph.Node) *graph.Node {
			x := graph.GlobalAvgPool(graph.Normalize(frames, [3]float32{}, [3]float32{1, 1, 1}))
			x = graph.Linear(x, b.Param(core.Param{Name: "a", Shape: []int{4, 3}, Frozen: true}), nil)
			x = graph.Dropout(x, 0.5)
			return graph.Linear(x, b.Param(core.Param{Name: "b", Shape: []int{2, 4}, Frozen: within}), nil)
		}).Plan(core.ModuleInput{Size: 8, Frames: 1})
		if err != nil || len(plan.FrozenPrefix) != want {
			t.Errorf("frozen on both sides %v: prefix %v, want %d dimensions; %v", within, plan.FrozenPrefix, want, err)
		}
	}
}

func TestPrefixCallsThatDoNotFit(t *testing.T) {
	layer, call, _ := convolved(t, core.ModuleInput{Size: 8, Frames: 3, Gradient: true})
	maps := tensor.New(tensor.Float32, 3, 8, 8, 16)
	for name, change := range map[string]func(*core.ModuleForward){
		"frames too": func(c *core.ModuleForward) { c.PrefixFeatures = maps },
		"another shape": func(c *core.ModuleForward) {
			c.Frames, c.PrefixFeatures = tensor.Tensor{}, tensor.New(tensor.Float32, 3, 8, 8, 8)
		},
		"small output": func(c *core.ModuleForward) {
			c.Output, c.PrefixOutput = tensor.Tensor{}, tensor.New(tensor.Float32, 2, 8, 8, 16)
		},
	} {
		wrong := call
		change(&wrong)
		if err := layer.Forward(context.Background(), wrong); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	both := call
	both.PrefixOutput = maps
	if err := layer.Forward(context.Background(), both); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("prefix and output at once: %v", err)
	}
}
