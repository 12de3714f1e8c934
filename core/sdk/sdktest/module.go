package sdktest

import (
	"testing"

	"montage/core"
	"montage/core/conform"
	"montage/core/tensor"
)

// ModuleCase is one case: a backbone or head with options, and the input it is planned for.
type ModuleCase struct {
	Component core.Component
	Options   map[string]any
	// Input needs Size or Features, Frames, and for a head Rows. Gradients are
	// always checked.
	Input core.ModuleInput
	// Step is the largest step of the finite differences, 0 for 1e-3.
	Step float64
}

// New makes an instance and plans it.
func (m ModuleCase) New(t testing.TB) (core.Module, core.ModulePlan) {
	t.Helper()
	values := Values(t, m.Component, m.Options)
	construct := m.Component.Backbone
	if construct == nil {
		construct = m.Component.Head
	}
	module, err := construct(values)
	if err != nil {
		t.Fatal(err)
	}
	// m is a copy, so the case of the caller stays as it was.
	m.Input.Gradient, m.Input.InputGradient = true, m.Component.Head != nil
	plan, err := module.Plan(m.Input)
	if err != nil {
		t.Fatal(err)
	}
	return module, plan
}

// Call makes a training call of the largest size, with random frames or features. The
// parameters start as the plan says; constants are disturbed a little, so that no gradient
// is zero by symmetry.
func (m ModuleCase) Call(plan core.ModulePlan) core.ModuleCall {
	r := source()
	call := core.ModuleCall{ForwardID: 1, Train: true}
	rows := m.Input.Frames
	if m.Component.Backbone != nil {
		call.Frames = tensor.New(tensor.Uint8, m.Input.Frames, m.Input.Size, m.Input.Size, 3)
		for i := range call.Frames.Uint8s() {
			call.Frames.Uint8s()[i] = uint8(r.IntN(256))
		}
	} else {
		rows = m.Input.Rows
		call.Features = normal(r, 1, m.Input.Frames, m.Input.Features)
		call.Offsets = tensor.New(tensor.Int32, rows+1)
		for i := range call.Offsets.Int32s() {
			// As even as possible. No row is empty with a frame for each.
			call.Offsets.Int32s()[i] = int32(i * m.Input.Frames / rows)
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
func (m ModuleCase) Check(t testing.TB) {
	t.Helper()
	check(t, conform.Subject{Component: m.Component, Options: m.Options, Inputs: []core.ModuleInput{m.Input},
		Step: m.Step})
}
