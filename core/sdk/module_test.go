package sdk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// dropping is a head that drops features of frames, pools them, drops again and
// scales; a buffer counts its training forwards and another is left alone.
func dropping(b *graph.Builder, in HeadInput) *graph.Node {
	d := in.Features.Size(1)
	scale := b.Param(core.Param{Name: "scale.weight", Shape: []int{d}, Init: core.Init{Kind: "constant", Value: 1}})
	b.Param(core.Param{Name: "frozen.weight", Shape: []int{2, 3}, Frozen: true})
	count := b.Buffer(core.Param{Name: "count.value", Shape: []int{1}})
	b.Buffer(core.Param{Name: "count.idle", Shape: []int{1}})
	b.Update(count, graph.AddScalar(count, 1))
	x := graph.SegmentMean(graph.Dropout(in.Features, 0.5), in.Offsets)
	return graph.Mul(graph.Dropout(x, 0.5), scale)
}

var dropInput = core.ModuleInput{Features: 8, Frames: 6, Rows: 3, Gradient: true, InputGradient: true}

func planned(t *testing.T) core.Module {
	t.Helper()
	module := Head(dropping)
	if _, err := module.Plan(dropInput); err != nil {
		t.Fatal(err)
	}
	return module
}

// dropCall makes a training call of rows with the given keys and two frames each,
// all features being 1.
func dropCall(id uint64, keys ...uint64) core.ModuleForward {
	rows := len(keys)
	call := core.ModuleForward{Gradient: true, Output: tensor.New(tensor.Float32, rows, 8)}
	call.ForwardID, call.Train = id, true
	call.Features, call.Offsets = tensor.New(tensor.Float32, 2*rows, 8), tensor.New(tensor.Int32, rows+1)
	for i := range call.Features.Float32s() {
		call.Features.Float32s()[i] = 1
	}
	for r := range rows + 1 {
		call.Offsets.Int32s()[r] = int32(2 * r)
	}
	call.Keys = tensor.FromUint64(keys)
	call.Params = []tensor.Tensor{tensor.New(tensor.Float32, 8), tensor.New(tensor.Float32, 2, 3),
		tensor.FromFloat32([]float32{4}), tensor.FromFloat32([]float32{7})}
	for i := range 8 {
		call.Params[0].Float32s()[i] = float32(i + 1)
	}
	call.Updates = []tensor.Tensor{{}, {}, tensor.New(tensor.Float32, 1), tensor.New(tensor.Float32, 1)}
	return call
}

func forward(t *testing.T, module core.Module, call core.ModuleForward) {
	t.Helper()
	if err := module.Forward(context.Background(), call); err != nil {
		t.Fatal(err)
	}
}

func backward(t *testing.T, module core.Module, call core.ModuleForward) core.ModuleBackward {
	t.Helper()
	back := core.ModuleBackward{ModuleCall: call.ModuleCall, GradOutput: tensor.New(tensor.Float32,
		call.Output.Shape...),
		GradInput:  tensor.New(tensor.Float32, call.Features.Shape...),
		GradParams: []tensor.Tensor{tensor.New(tensor.Float32, 8), {}, {}, {}}}
	for i := range back.GradOutput.Float32s() {
		back.GradOutput.Float32s()[i] = float32(i%5) - 2
	}
	if err := module.Backward(context.Background(), back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestPlanDescribes(t *testing.T) {
	plan, err := Head(dropping).Plan(dropInput)
	if err != nil || plan.Outputs != 8 || len(plan.Params) != 4 || plan.Bytes <= 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	want := []core.Stage{{Name: "scale", Params: 8, Trainable: 8}, {Name: "frozen", Params: 6},
		{Name: "count", Output: "[R,8]"}}
	if fmt.Sprint(plan.Stages) != fmt.Sprint(want) {
		t.Errorf("stages are %+v", plan.Stages)
	}
}

func TestUpdatesAreWrittenOnlyByTraining(t *testing.T) {
	module, call := planned(t), dropCall(1, 5)
	forward(t, module, call)
	if u := call.Updates; u[2].Float32s()[0] != 5 || u[3].Float32s()[0] != 7 {
		t.Errorf("buffers 4 and 7 become %v and %v", u[2].Float32s(), u[3].Float32s())
	}
	call.Train, call.Gradient = false, false
	forward(t, module, call)
	if u := call.Updates; u[2].Float32s()[0] != 4 {
		t.Errorf("without training the buffer becomes %v", u[2].Float32s())
	}
	for i, v := range call.Output.Float32s() {
		if v != float32(i+1) {
			t.Fatalf("without training something is dropped: %v", call.Output.Float32s())
		}
	}
}

// TestDropoutFollowsTheRow moves a row to another position of another batch.
func TestDropoutFollowsTheRow(t *testing.T) {
	module, alone, third := planned(t), dropCall(1, 9), dropCall(2, 7, 8, 9)
	forward(t, module, alone)
	forward(t, module, third)
	rows := third.Output.Bytes()
	if n := len(alone.Output.Bytes()); !bytes.Equal(alone.Output.Bytes(), rows[2*n:]) ||
		bytes.Equal(rows[:n], rows[n:2*n]) {
		t.Errorf("key 9 gives %v alone and %v as the third row", alone.Output.Float32s(), third.Output.Float32s())
	}
}

// TestBackwardNeedsNoForward compares a kept forward with every way to lose it.
func TestBackwardNeedsNoForward(t *testing.T) {
	module, call := planned(t), dropCall(1, 5, 6)
	forward(t, module, call)
	want := backward(t, module, call)
	for name, lose := range map[string]func() (core.Module, core.ModuleForward){
		"restarted": func() (core.Module, core.ModuleForward) { return planned(t), call },
		"another forward": func() (core.Module, core.ModuleForward) {
			l := planned(t)
			forward(t, l, call)
			forward(t, l, dropCall(2, 1, 2, 3))
			return l, call
		},
		"a forward without training": func() (core.Module, core.ModuleForward) {
			l, use := planned(t), dropCall(2, 1)
			use.Train, use.Gradient = false, false
			forward(t, l, call)
			forward(t, l, use)
			return l, call
		},
		"other memory": func() (core.Module, core.ModuleForward) {
			l, moved := planned(t), dropCall(1, 5, 6)
			forward(t, l, call)
			return l, moved
		},
		"used up": func() (core.Module, core.ModuleForward) {
			l := planned(t)
			forward(t, l, call)
			backward(t, l, call)
			return l, call
		},
	} {
		l, c := lose()
		got := backward(t, l, c)
		if !bytes.Equal(got.GradInput.Bytes(), want.GradInput.Bytes()) ||
			!bytes.Equal(got.GradParams[0].Bytes(), want.GradParams[0].Bytes()) {
			t.Errorf("%s: other gradients", name)
		}
	}
}

func TestCallsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		want  error
		spoil func(*core.ModuleForward)
	}{
		"too many rows": {core.ErrNotPlanned, func(c *core.ModuleForward) { *c = dropCall(1, 1, 2, 3, 4) }},
		"features": {core.ErrShape, func(c *core.ModuleForward) {
			c.Features = tensor.New(tensor.Float32, 4, 7)
		}},
		"frames of no row": {core.ErrShape, func(c *core.ModuleForward) {
			c.Features = tensor.New(tensor.Float32, 5, 8)
		}},
		"empty row": {core.ErrShape, func(c *core.ModuleForward) {
			c.Offsets = tensor.FromInt32([]int32{0, 4,
				4})
		}},
		"no offsets": {core.ErrShape, func(c *core.ModuleForward) { c.Offsets = tensor.New(tensor.Int32, 0) }},
		"keys":       {core.ErrShape, func(c *core.ModuleForward) { c.Keys = tensor.New(tensor.Uint64, 3) }},
		"parameter": {core.ErrShape, func(c *core.ModuleForward) {
			c.Params[1] = tensor.New(tensor.Float32, 6)
		}},
		"few parameters": {core.ErrShape, func(c *core.ModuleForward) { c.Params = c.Params[:3] }},
		"update": {core.ErrShape, func(c *core.ModuleForward) {
			c.Updates[2] = tensor.New(tensor.Float32, 2)
		}},
		"output": {core.ErrShape, func(c *core.ModuleForward) {
			c.Output = tensor.New(tensor.Float32, 2, 9)
		}},
		"absent output": {core.ErrShape, func(c *core.ModuleForward) { c.Output = tensor.Tensor{} }},
	} {
		call := dropCall(1, 1, 2)
		c.spoil(&call)
		if err := planned(t).Forward(context.Background(), call); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestWhatWasNotPlanned(t *testing.T) {
	call := dropCall(1, 1)
	if err := Head(dropping).Forward(context.Background(), call); !errors.Is(err, core.ErrNotPlanned) {
		t.Errorf("no plan: %v", err)
	}
	use := dropInput
	use.Gradient, use.InputGradient = false, false
	module := Head(dropping)
	if _, err := module.Plan(use); err != nil {
		t.Fatal(err)
	}
	if err := module.Forward(context.Background(), call); !errors.Is(err, core.ErrNotPlanned) {
		t.Errorf("a gradient that was not planned: %v", err)
	}
	use.Gradient = true
	if _, err := module.Plan(use); err != nil {
		t.Fatal(err)
	}
	back := core.ModuleBackward{ModuleCall: call.ModuleCall, GradOutput: call.Output, GradInput: call.Features}
	if err := module.Backward(context.Background(), back); !errors.Is(err, core.ErrNotPlanned) {
		t.Errorf("a gradient of the input that was not planned: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := planned(t).Forward(ended, call); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended call: %v", err)
	}
}

func TestBuildingFunctionsThatFail(t *testing.T) {
	option := &core.OptionError{Path: "hidden[1]", Problem: "too wide"}
	var found *core.OptionError
	_, err := Head(func(b *graph.Builder, _ HeadInput) *graph.Node { return b.Fail(option) }).Plan(dropInput)
	if !errors.As(err, &found) || found != option || errors.Is(err, core.ErrShape) {
		t.Errorf("an option's problem became %v", err)
	}
	for name, build := range map[string]func(*graph.Builder, *graph.Node) *graph.Node{
		"nothing": func(*graph.Builder, *graph.Node) *graph.Node { return nil },
		"images": func(_ *graph.Builder, x *graph.Node) *graph.Node {
			return graph.Normalize(x, [3]float32{}, [3]float32{1, 1, 1})
		},
		"operator": func(_ *graph.Builder, x *graph.Node) *graph.Node { return graph.ReLU(x) },
		"panic":    func(_ *graph.Builder, x *graph.Node) *graph.Node { return graph.ReLU(nil) },
	} {
		if _, err := Backbone(build).Plan(core.ModuleInput{Size: 4, Frames: 1}); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
