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

// moduleComponent is a core.Module made from a graph-building function. What it keeps
// between calls only saves work: a new process computes the same from the plan and the
// call.
type moduleComponent struct {
	body body

	mu       sync.Mutex // a program keeps the activations of one forward at a time
	in       core.ModuleInput
	plan     core.ModulePlan
	planned  bool
	programs map[mode]*heldProgram
	space    *exec.Workspace // shared by all programs, because one runs at a time
	timer    timer
}

// body is the part in which backbones and heads differ.
type body interface {
	// build declares the inputs, calls the author's function, and declares the output.
	build(*graph.Builder, core.ModuleInput)
	// limits returns the largest values of the symbols.
	limits(core.ModuleInput) map[string]int
	// inputs checks the inputs of a call and returns them in the order of build.
	inputs(core.ModuleCall, core.ModuleInput) (inputs, error)
	// micro returns how training may split a batch.
	micro(core.ModuleInput) exec.MicroBatching
	// differentiable names the inputs that Backward computes gradients for.
	differentiable(core.ModuleInput) []string
}

// inputs are the checked inputs of a call, in the form that a program takes. keys are by
// the symbol that counts their owners.
type inputs struct {
	inputs []tensor.Tensor
	keys   map[string][]uint64
	rows   int
}

// mode selects a program: each combination is compiled once.
type mode struct {
	train, gradient bool
	cut             exec.PrefixCut
}

// heldProgram is a compiled graph and the call whose activations it still holds.
type heldProgram struct {
	*exec.Executable
	// nil: of none that can be used.
	kept *core.ModuleCall
}

// Plan describes the graph for the given input. Programs are compiled when a call first
// needs them, so that planning alone takes little memory.
func (c *moduleComponent) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// The plan before is gone even if this one fails: its programs are for other inputs.
	c.planned, c.programs, c.space, c.timer = false, map[mode]*heldProgram{}, &exec.Workspace{}, timer{}
	use, err := exec.Plan(c.spec(in, mode{}))
	if err != nil {
		return core.ModulePlan{}, buildError(err)
	}
	bytes, notes := use.Bytes, use.Notes
	if in.Gradient {
		training, err := exec.Plan(c.spec(in, mode{train: true, gradient: true}))
		if err != nil {
			return core.ModulePlan{}, buildError(err)
		}
		// Both work in one workspace, so the greater need counts.
		bytes, notes = max(bytes, training.Bytes), append(notes, training.Notes...)
	}
	// finish has made sure of one output with a constant width.
	outputs := use.Outputs[0].Shape
	c.in, c.planned = in, true
	c.plan = core.ModulePlan{Params: use.Params, Outputs: outputs[1].Size, Bytes: int64(bytes),
		Notes: notes, FrozenPrefix: c.prefix(use, in)}
	c.plan.Stages, c.timer.of = stages(use, in.Profile)
	return c.plan, nil
}

// spec says how to compile a mode for an input. Input gradients and the splitting of a
// batch concern a program with a backward alone.
func (c *moduleComponent) spec(in core.ModuleInput, m mode) exec.Spec {
	s := exec.Spec{
		Build:  func(d *ir.Draft) { c.body.build((*graph.Builder)(d), in) },
		Cut:    m.cut,
		Limits: c.body.limits(in), Train: m.train, Gradient: m.gradient, Workspace: c.space, Profile: in.Profile,
	}
	if m.gradient {
		s.InputGradients = c.body.differentiable(in)
		s.Micro = c.body.micro(in)
	}
	return s
}

// program returns the compiled graph for a mode. If gradients were planned, a training
// forward without one uses the program with gradients: a second one would double the memory.
func (c *moduleComponent) program(m mode) (*heldProgram, error) {
	m.gradient = m.gradient || m.train && c.in.Gradient
	if p := c.programs[m]; p != nil {
		return p, nil
	}
	compiled, err := exec.Compile(c.spec(c.in, m))
	if err != nil {
		return nil, buildError(err)
	}
	c.programs[m] = &heldProgram{Executable: compiled}
	return c.programs[m], nil
}

// Forward runs the graph. Buffers that the graph does not update keep their values.
func (c *moduleComponent) Forward(ctx context.Context, call core.ModuleForward) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !call.PrefixOutput.IsZero() {
		return c.runPrefix(ctx, call)
	}
	f, err := c.check(ctx, call.ModuleCall, call.Gradient)
	if err != nil {
		return err
	}
	if err := c.checkForward(call, f); err != nil {
		return err
	}
	p, err := c.program(mode{call.Train, call.Gradient, cutFor(call.ModuleCall)})
	if err != nil {
		return err
	}
	// Before the graph runs, which overwrites what it updates. Parameters have zero
	// Tensors here, and those have no bytes.
	for i, u := range call.Updates {
		copy(u.Bytes(), call.Params[i].Bytes())
	}
	return p.forward(call.ModuleCall, f, exec.Bindings{Outputs: []tensor.Tensor{call.Output}, Updates: call.Updates})
}

// forward completes r, runs it, and remembers the call.
func (p *heldProgram) forward(call core.ModuleCall, f inputs, r exec.Bindings) error {
	// Forgotten first: a forward that fails leaves the activations of no call.
	p.kept = nil
	r.Inputs, r.Params, r.Keys, r.Revision = f.inputs, call.Params, f.keys, call.Revision
	if err := p.Forward(r); err != nil {
		return err
	}
	p.kept = &call
	return nil
}

// Backward differentiates the forward with the same ForwardID. It repeats that forward if
// the program no longer holds it: after a restart, or after another call.
func (c *moduleComponent) Backward(ctx context.Context, call core.ModuleBackward) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.check(ctx, call.ModuleCall, true)
	if err != nil {
		return err
	}
	if err := c.checkBackward(call, f); err != nil {
		return err
	}
	p, err := c.program(mode{call.Train, true, cutFor(call.ModuleCall)})
	if err != nil {
		return err
	}
	if p.kept == nil || !p.Pending() || !same(*p.kept, call.ModuleCall) {
		// For its activations alone. The outputs are with the runner, and a buffer must not
		// be updated twice.
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

// same reports whether two calls are equal and lie in the same memory. The memory counts
// because a program reads its inputs in place, also while it runs backward. The ForwardID
// counts because the runner gives the same memory to many calls.
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
