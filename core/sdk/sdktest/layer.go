package sdktest

import (
	"testing"

	"montage/core"
	"montage/core/conform"
	"montage/core/tensor"
)

// Layer is one case: a backbone or head with options, and what it is fed.
type Module struct {
	Component core.Component
	Options   map[string]any
	// Input needs Size or Features, Frames, and for a head Rows. Gradients are
	// always checked.
	Input core.ModuleInput
	// Step is the longest step of the finite differences, 0 for 1e-3.
	Step float64
}

// New makes an instance and plans it.
func (l Module) New(t testing.TB) (core.Module, core.ModulePlan) {
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
func (l Module) Call(plan core.ModulePlan) core.ModuleCall {
	r := source()
	call := core.ModuleCall{ForwardID: 1, Train: true}
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

// Check runs the conformance kit on the case.
func (l Module) Check(t testing.TB) {
	t.Helper()
	check(t, conform.Subject{Component: l.Component, Options: l.Options, Inputs: []core.ModuleInput{l.Input},
		Step: l.Step})
}
