package sdk

import (
	"context"
	"sync"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// layer is a core.Layer made of a graph-building function.
type layer struct {
	body body

	mu       sync.Mutex // a program holds one forward at a time
	in       core.LayerInput
	plan     core.LayerPlan
	planned  bool
	programs map[mode]*program
	space    *graph.Workspace // of all programs: one runs at a time
	timer    timer
}

// body is what backbones and heads differ in.
type body interface {
	// build declares the inputs, calls the author's function, declares the output.
	build(*graph.Builder, core.LayerInput)
	// limits are the greatest values of the symbols.
	limits(core.LayerInput) map[string]int
	// inputs checks what a call brings and returns it in the order of build.
	inputs(core.LayerCall, core.LayerInput) (feed, error)
	// micro says which frames training may take apart.
	micro(core.LayerInput) graph.Micro
	// differentiable names the inputs that Backward is asked for.
	differentiable(core.LayerInput) []string
}

// feed is a checked call as a program takes it.
type feed struct {
	inputs []tensor.Tensor
	keys   map[string][]uint64
	rows   int
}

// mode is what a program was compiled for.
type mode struct {
	train, gradient bool
	part            graph.Part
}

// program is a compiled graph and the call whose forward it still holds.
type program struct {
	*graph.Program
	kept *core.LayerCall
}

// Plan describes the graph for what the layer will be fed. Programs are compiled
// when a call first needs them.
func (l *layer) Plan(in core.LayerInput) (core.LayerPlan, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.planned, l.programs, l.space, l.timer = false, map[mode]*program{}, &graph.Workspace{}, timer{}
	use, err := graph.Plan(l.spec(in, mode{}))
	if err != nil {
		return core.LayerPlan{}, buildError(err)
	}
	bytes, notes := use.Bytes, use.Notes
	if in.Gradient {
		training, err := graph.Plan(l.spec(in, mode{train: true, gradient: true}))
		if err != nil {
			return core.LayerPlan{}, buildError(err)
		}
		bytes, notes = max(bytes, training.Bytes), append(notes, training.Notes...)
	}
	outputs := use.Outputs[0].Shape
	l.in, l.planned = in, true
	l.plan = core.LayerPlan{Params: use.Params, Outputs: outputs[1].Size, Bytes: int64(bytes),
		Notes: notes, Trunk: l.trunk(use, in)}
	l.plan.Stages, l.timer.of = stages(use, in.Profile)
	return l.plan, nil
}

func (l *layer) spec(in core.LayerInput, m mode) graph.Spec {
	s := graph.Spec{
		Build:  func(b *graph.Builder) { l.body.build(b, in) },
		Part:   m.part,
		Limits: l.body.limits(in), Train: m.train, Gradient: m.gradient, Workspace: l.space, Profile: in.Profile,
	}
	if m.gradient {
		s.InputGradients = l.body.differentiable(in)
		s.Micro = l.body.micro(in)
	}
	return s
}

// program returns the compiled graph for a mode. With gradients planned, a
// training forward without one shares the other's program and memory.
func (l *layer) program(m mode) (*program, error) {
	m.gradient = m.gradient || m.train && l.in.Gradient
	if p := l.programs[m]; p != nil {
		return p, nil
	}
	compiled, err := graph.Compile(l.spec(l.in, m))
	if err != nil {
		return nil, buildError(err)
	}
	l.programs[m] = &program{Program: compiled}
	return l.programs[m], nil
}

// Forward runs the graph. Buffers that the graph leaves alone keep their values.
func (l *layer) Forward(ctx context.Context, call core.LayerForward) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !call.TrunkOutput.IsZero() {
		return l.runTrunk(ctx, call)
	}
	f, err := l.check(ctx, call.LayerCall, call.Gradient)
	if err != nil {
		return err
	}
	if err := l.checkForward(call, f); err != nil {
		return err
	}
	p, err := l.program(mode{call.Train, call.Gradient, partOf(call.LayerCall)})
	if err != nil {
		return err
	}
	for i, u := range call.Updates {
		copy(u.Bytes(), call.Params[i].Bytes())
	}
	return p.forward(call.LayerCall, f, graph.Run{Outputs: []tensor.Tensor{call.Output}, Updates: call.Updates})
}

// forward completes and runs r, and remembers the call.
func (p *program) forward(call core.LayerCall, f feed, r graph.Run) error {
	p.kept = nil
	r.Inputs, r.Params, r.Keys, r.Revision = f.inputs, call.Params, f.keys, call.Revision
	if err := p.Forward(r); err != nil {
		return err
	}
	p.kept = &call
	return nil
}

// Backward differentiates the forward of the same token, which it repeats where
// the program no longer holds it: after a restart, or after another call.
func (l *layer) Backward(ctx context.Context, call core.LayerBackward) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.check(ctx, call.LayerCall, true)
	if err != nil {
		return err
	}
	if err := l.checkBackward(call, f); err != nil {
		return err
	}
	p, err := l.program(mode{call.Train, true, partOf(call.LayerCall)})
	if err != nil {
		return err
	}
	if p.kept == nil || !p.Pending() || !same(*p.kept, call.LayerCall) {
		if err := p.forward(call.LayerCall, f, graph.Run{}); err != nil {
			return err
		}
	}
	p.kept = nil
	g := graph.Gradients{Outputs: []tensor.Tensor{call.GradOutput}, Params: call.GradParams}
	if !call.GradInput.IsZero() {
		g.Inputs = []tensor.Tensor{call.GradInput}
	}
	return p.Backward(g)
}

// same tells whether a call repeats another, on the same memory: a program reads
// its inputs in place, so a forward on other memory is of no use.
func same(a, b core.LayerCall) bool {
	if a.Token != b.Token || a.Train != b.Train || len(a.Params) != len(b.Params) {
		return false
	}
	pairs := [][2]tensor.Tensor{{a.Frames, b.Frames}, {a.Trunk, b.Trunk}, {a.Features, b.Features}, {a.Offsets, b.Offsets}, {a.Keys, b.Keys}}
	for i := range a.Params {
		pairs = append(pairs, [2]tensor.Tensor{a.Params[i], b.Params[i]})
	}
	for _, p := range pairs {
		x, y := p[0].Bytes(), p[1].Bytes()
		if !tensor.Same(p[0], p[1]) || len(x) > 0 && &x[0] != &y[0] {
			return false
		}
	}
	return true
}
