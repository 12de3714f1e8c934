package sdk

import (
	"bytes"
	"context"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// convolving has a frozen convolution and a trained one.
func convolving(b *graph.Builder, frames *graph.Node) *graph.Node {
	x := graph.Normalize(frames, [3]float32{}, [3]float32{1, 1, 1})
	for i, name := range []string{"first.weight", "second.weight"} {
		w := b.Param(core.Param{Name: name, Shape: []int{16, x.Size(3), 3, 3}, Frozen: i == 0})
		x = graph.ReLU(graph.Conv2D(x, w, 1, 1))
	}
	return graph.GlobalAvgPool(x)
}

func convolved(t *testing.T, in core.ModuleInput) (core.Module, core.ModuleForward, core.ModulePlan) {
	t.Helper()
	module := Backbone(convolving)
	plan, err := module.Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	call := core.ModuleForward{Output: tensor.New(tensor.Float32, in.Frames, 16)}
	call.Frames = tensor.New(tensor.Uint8, in.Frames, in.Size, in.Size, 3)
	for i := range call.Frames.Uint8s() {
		call.Frames.Uint8s()[i] = uint8(i * 37)
	}
	for _, p := range plan.Params {
		w := tensor.New(tensor.Float32, p.Shape...)
		for i := range w.Float32s() {
			w.Float32s()[i] = float32(i%13) - 5
		}
		call.Params = append(call.Params, w)
	}
	return module, call, plan
}

// Frozen weights are taken as they were at their revision, trained ones as they are.
func TestRevisionOfACall(t *testing.T) {
	module, call, _ := convolved(t, core.ModuleInput{Size: 8, Frames: 2})
	features := func(revision uint64) string {
		call.Revision = revision
		forward(t, module, call)
		return string(call.Output.Bytes())
	}
	one := features(1)
	call.Params[0].Float32s()[4] += 2
	if features(1) != one {
		t.Error("an equal revision gave other features")
	}
	if two := features(2); two == one || features(0) != two {
		t.Error("another revision or an unknown one gave the features of the first")
	}
	call.Params[1].Float32s()[4] += 2
	if features(1) == one {
		t.Error("a trained parameter was taken as it was")
	}
}

// Micro-batches take less memory and give the same features.
func TestMicroBatchOfAPlan(t *testing.T) {
	in := core.ModuleInput{Size: 16, Frames: 100, Gradient: true}
	whole, call, plan := convolved(t, in)
	in.MicroBatch = 5
	cut, _, less := convolved(t, in)
	if less.Bytes >= plan.Bytes || len(plan.Notes)+len(less.Notes) > 0 {
		t.Errorf("%d bytes for all frames, %d for 5 at a time; notes %v", plan.Bytes, less.Bytes, less.Notes)
	}
	call.Train, call.Gradient = true, true
	forward(t, whole, call)
	want := append([]byte(nil), call.Output.Bytes()...)
	forward(t, cut, call)
	if !bytes.Equal(call.Output.Bytes(), want) {
		t.Error("micro-batches change the features")
	}
}

// Use and training take turns in one memory.
func TestModesShareMemory(t *testing.T) {
	in := core.ModuleInput{Size: 16, Frames: 4, Gradient: true}
	module, call, both := convolved(t, in)
	call.ForwardID, call.Train, call.Gradient = 1, true, true
	back := core.ModuleBackward{ModuleCall: call.ModuleCall, GradOutput: call.Output,
		GradParams: []tensor.Tensor{{}, tensor.New(tensor.Float32, call.Params[1].Shape...)}}
	gradients := func(between bool) string {
		forward(t, module, call)
		if between {
			other := call
			other.Train, other.Gradient, other.Output = false, false, tensor.New(tensor.Float32, 4, 16)
			forward(t, module, other)
		}
		if err := module.Backward(context.Background(), back); err != nil {
			t.Fatal(err)
		}
		return string(back.GradParams[1].Bytes())
	}
	if gradients(false) != gradients(true) {
		t.Error("use between forward and backward changes gradients")
	}
	if both.Stages[0].Output != "[N,16,16,16]" || both.Stages[1].Output != "[N,16]" {
		t.Errorf("stages are %v", both.Stages)
	}
}
