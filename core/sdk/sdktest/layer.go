package sdktest

import (
	"bytes"
	"context"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// Layer is one case: a backbone or head with options, and what it is fed.
type Layer struct {
	Component core.Component
	Options   map[string]any
	// Input needs Size or Features, Frames, and for a head Rows. Gradients are
	// always checked.
	Input core.LayerInput
	// Step is the longest step of the finite differences, 0 for 1e-3.
	Step float64
}

// New makes an instance and plans it.
func (l Layer) New(t testing.TB) (core.Layer, core.LayerPlan) {
	t.Helper()
	values := Values(t, l.Component, l.Options)
	construct := l.Component.Backbone
	if construct == nil {
		construct = l.Component.Head
	}
	layer, err := construct(values)
	if err != nil {
		t.Fatal(err)
	}
	l.Input.Gradient, l.Input.InputGradient = true, l.Component.Head != nil
	plan, err := layer.Plan(l.Input)
	if err != nil {
		t.Fatal(err)
	}
	return layer, plan
}

// Call makes a training call of the greatest size, with random frames or
// features, and parameters as the plan starts them, a little disturbed.
func (l Layer) Call(plan core.LayerPlan) core.LayerCall {
	r := source()
	call := core.LayerCall{Token: 1, Train: true}
	rows := l.Input.Frames
	if l.Component.Backbone != nil {
		call.Frames = tensor.New(tensor.Uint8, l.Input.Frames, l.Input.Size, l.Input.Size, 3)
		for i := range call.Frames.Uint8s() {
			call.Frames.Uint8s()[i] = uint8(r.IntN(256))
		}
	} else {
		rows = l.Input.Rows
		call.Features = normal(r, 1, l.Input.Frames, l.Input.Features)
		call.Offsets = tensor.New(tensor.Int32, rows+1)
		for i := range call.Offsets.Int32s() {
			call.Offsets.Int32s()[i] = int32(i * l.Input.Frames / rows)
		}
	}
	call.Keys = tensor.New(tensor.Uint64, rows)
	for i := range call.Keys.Uint64s() {
		call.Keys.Uint64s()[i] = r.Uint64()
	}
	for _, p := range plan.Params {
		x := normal(r, 0.1, p.Shape...)
		for i := range x.Float32s() {
			switch p.Init.Kind {
			case "constant":
				x.Float32s()[i] += float32(p.Init.Value)
			case "uniform":
				x.Float32s()[i] = float32(p.Init.Value * (2*r.Float64() - 1))
			default:
				x.Float32s()[i] = float32(p.Init.Value * r.NormFloat64())
			}
		}
		call.Params = append(call.Params, x)
	}
	return call
}

// results is what one forward and one backward wrote.
type results struct {
	output, input   tensor.Tensor
	updates, params []tensor.Tensor
}

// Check runs all checks on the case.
func (l Layer) Check(t *testing.T) {
	t.Helper()
	layer, plan := l.New(t)
	call := l.Call(plan)
	first := l.results(plan, call)
	grad := normal(source(), 1, first.output.Shape...)
	l.forward(t, layer, call, first)
	l.backward(t, layer, call, grad, first)

	again := l.results(plan, call)
	restarted, _ := l.New(t)
	l.backward(t, restarted, call, grad, again) // without a forward before
	l.forward(t, restarted, call, again)
	first.same(t, again)
	l.backward(t, layer, call, grad, again) // the kept forward is used up
	first.same(t, again)

	l.differences(t, plan, call, grad, first)
}

func (l Layer) results(plan core.LayerPlan, call core.LayerCall) results {
	rows := call.Keys.Shape[0]
	out := results{output: tensor.New(tensor.Float32, rows, plan.Outputs)}
	if l.Component.Head != nil {
		out.input = tensor.New(tensor.Float32, call.Features.Shape...)
	}
	for _, p := range plan.Params {
		update, gradient := tensor.Tensor{}, tensor.Tensor{}
		if p.Buffer {
			update = tensor.New(tensor.Float32, p.Shape...)
		} else if !p.Frozen {
			gradient = tensor.New(tensor.Float32, p.Shape...)
		}
		out.updates, out.params = append(out.updates, update), append(out.params, gradient)
	}
	return out
}

func (l Layer) forward(t testing.TB, layer core.Layer, call core.LayerCall, r results) {
	t.Helper()
	forward := core.LayerForward{LayerCall: call, Gradient: true, Output: r.output, Updates: r.updates}
	if err := layer.Forward(context.Background(), forward); err != nil {
		t.Fatalf("forward: %v", err)
	}
}

func (l Layer) backward(t testing.TB, layer core.Layer, call core.LayerCall, grad tensor.Tensor, r results) {
	t.Helper()
	backward := core.LayerBackward{LayerCall: call, GradOutput: grad, GradInput: r.input, GradParams: r.params}
	if err := layer.Backward(context.Background(), backward); err != nil {
		t.Fatalf("backward: %v", err)
	}
}

func (r results) same(t testing.TB, other results) {
	t.Helper()
	compare := func(what string, a, b tensor.Tensor) {
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: a repeated call gives other bytes", what)
		}
	}
	compare("output", r.output, other.output)
	compare("gradient of the input", r.input, other.input)
	for i := range r.params {
		compare("gradients", r.params[i], other.params[i])
		compare("updates", r.updates[i], other.updates[i])
	}
}

// differences checks the gradients of the features and of every parameter.
func (l Layer) differences(t testing.TB, plan core.LayerPlan, call core.LayerCall, grad tensor.Tensor, r results) {
	t.Helper()
	layer, _ := l.New(t)
	scratch := l.results(plan, call)
	objective := func() float64 {
		l.forward(t, layer, call, scratch)
		return dot(scratch.output.Float32s(), grad.Float32s())
	}
	step := l.Step
	if step == 0 {
		step = 1e-3
	}
	if l.Component.Head != nil {
		differences(t, "features", call.Features.Float32s(), r.input.Float32s(), step, objective)
	}
	for i, p := range plan.Params {
		if !r.params[i].IsZero() {
			differences(t, p.Name, call.Params[i].Float32s(), r.params[i].Float32s(), step, objective)
		}
	}
}
