package sdk

import (
	"context"
	"sync"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// moduleComponent is a core.Module made of a graph-building function.
type moduleComponent struct {
	body body

	mu       sync.Mutex // an executable holds one forward at a time
	in       core.ModuleInput
	plan     core.ModulePlan
	planned  bool
	programs map[mode]*heldProgram
	space    *exec.Workspace // of all programs: one runs at a time
	timer    timer
}

// body is what backbones and heads differ in.
type body interface {
	// build declares the inputs, calls the author's function, declares the output.
	build(*graph.Builder, core.ModuleInput)
	// limits are the greatest values of the symbols.
	limits(core.ModuleInput) map[string]int
	// inputs checks what a call brings and returns it in the order of build.
	inputs(core.ModuleCall, core.ModuleInput) (inputs, error)
	// micro says which frames training may take apart.
	micro(core.ModuleInput) exec.MicroBatching
	// differentiable names the inputs that Backward is asked for.
	differentiable(core.ModuleInput) []string
}

// inputs is a checked call as an executable takes it.
type inputs struct {
	inputs []tensor.Tensor
	keys   map[string][]uint64
	rows   int
}

// mode is what an executable was compiled for.
type mode struct {
	train, gradient bool
	cut             exec.PrefixCut
}

// heldProgram is a compiled graph and the call whose forward it still holds.
type heldProgram struct {
	*exec.Executable
	kept *core.ModuleCall
}

// Plan describes the graph for what the layer will be fed. Programs are compiled
// when a call first needs them.
func (l *moduleComponent) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.planned, l.programs, l.space, l.timer = false, map[mode]*heldProgram{}, &exec.Workspace{}, timer{}
	use, err := exec.Plan(l.spec(in, mode{}))
	if err != nil {
		return core.ModulePlan{}, buildError(err)
	}
	bytes, notes := use.Bytes, use.Notes
	if in.Gradient {
		training, err := exec.Plan(l.spec(in, mode{train: true, gradient: true}))
		if err != nil {
			return core.ModulePlan{}, buildError(err)
		}
		bytes, notes = max(bytes, training.Bytes), append(notes, training.Notes...)
	}
	outputs := use.Outputs[0].Shape
	l.in, l.planned = in, true
	l.plan = core.ModulePlan{Params: use.Params, Outputs: outputs[1].Size, Bytes: int64(bytes),
		Notes: notes, FrozenPrefix: l.prefix(use, in)}
	l.plan.Stages, l.timer.of = stages(use, in.Profile)
	return l.plan, nil
}

func (l *moduleComponent) spec(in core.ModuleInput, m mode) exec.Spec {
	s := exec.Spec{
		Build:  func(g *ir.Graph) { l.body.build(graph.New(g), in) },
		Cut:    m.cut,
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
func (l *moduleComponent) program(m mode) (*heldProgram, error) {
	m.gradient = m.gradient || m.train && l.in.Gradient
	if p := l.programs[m]; p != nil {
		return p, nil
	}
	compiled, err := exec.Compile(l.spec(l.in, m))
	if err != nil {
		return nil, buildError(err)
	}
	l.programs[m] = &heldProgram{Executable: compiled}
	return l.programs[m], nil
}

// Forward runs the graph. Buffers that the graph leaves alone keep their values.
func (l *moduleComponent) Forward(ctx context.Context, call core.ModuleForward) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !call.PrefixOutput.IsZero() {
		return l.runPrefix(ctx, call)
	}
	f, err := l.check(ctx, call.ModuleCall, call.Gradient)
	if err != nil {
		return err
	}
	if err := l.checkForward(call, f); err != nil {
		return err
	}
	p, err := l.program(mode{call.Train, call.Gradient, cutFor(call.ModuleCall)})
	if err != nil {
		return err
	}
	for i, u := range call.Updates {
		copy(u.Bytes(), call.Params[i].Bytes())
	}
	return p.forward(call.ModuleCall, f, exec.Bindings{Outputs: []tensor.Tensor{call.Output}, Updates: call.Updates})
}

// forward completes and runs r, and remembers the call.
func (p *heldProgram) forward(call core.ModuleCall, f inputs, r exec.Bindings) error {
	p.kept = nil
	r.Inputs, r.Params, r.Keys, r.Revision = f.inputs, call.Params, f.keys, call.Revision
	if err := p.Forward(r); err != nil {
		return err
	}
	p.kept = &call
	return nil
}

// Backward differentiates the forward of the same ForwardID. It repeats the forward where the
// executable no longer holds it: after a restart, or after another call.
func (l *moduleComponent) Backward(ctx context.Context, call core.ModuleBackward) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.check(ctx, call.ModuleCall, true)
	if err != nil {
		return err
	}
	if err := l.checkBackward(call, f); err != nil {
		return err
	}
	p, err := l.program(mode{call.Train, true, cutFor(call.ModuleCall)})
	if err != nil {
		return err
	}
	if p.kept == nil || !p.Pending() || !same(*p.kept, call.ModuleCall) {
		if err := p.forward(call.ModuleCall, f, exec.Bindings{}); err != nil {
			return err
		}
	}
	p.kept = nil
	g := exec.Gradients{Outputs: []tensor.Tensor{call.GradOutput}, Params: call.GradParams}
	if !call.GradInput.IsZero() {
		g.Inputs = []tensor.Tensor{call.GradInput}
	}
	return p.Backward(g)
}

// same reports whether a call repeats another, on the same memory: an executable reads
// its inputs in place, so a forward on other memory is of no use.
func same(a, b core.ModuleCall) bool {
	if a.ForwardID != b.ForwardID || a.Train != b.Train || len(a.Params) != len(b.Params) {
		return false
	}
	pairs := [][2]tensor.Tensor{{a.Frames, b.Frames}, {a.PrefixFeatures, b.PrefixFeatures}, {a.Features, b.Features},
		{a.Offsets, b.Offsets}, {a.Keys, b.Keys}}
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
