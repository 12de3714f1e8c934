package sdk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// LossInput holds the inputs of a loss's graph.
type LossInput struct {
	// Predictions: float32 [R,K], what the last head wrote. Rows lie view after view.
	Predictions *graph.Node
	// Targets: float32 [R,T], nil if T = 0. Target says how they are encoded.
	Targets *graph.Node
	Target  core.TargetKind
	// Weights: float32 [R], at least 0.
	Weights *graph.Node
	// Views is the number of views; R is a multiple of it.
	Views int
}

// Loss makes a loss from a function that turns predictions into a scalar, float32 []. The
// gradient is derived from the graph. The value may be NaN or infinite: the caller
// checks. As for a Backbone, build is called several times and must always describe the
// same graph.
func Loss(build func(b *graph.Builder, in LossInput) *graph.Node) core.Loss {
	return &lossComponent{author: build}
}

// lossComponent is a core.Loss made from a graph-building function.
type lossComponent struct {
	author func(*graph.Builder, LossInput) *graph.Node

	mu      sync.Mutex // a program keeps the activations of one forward at a time
	in      core.LossInput
	program *exec.Executable
}

// Plan compiles the loss for the largest number of rows.
func (o *lossComponent) Plan(in core.LossInput) (core.LossPlan, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	// At once, unlike a module: a loss is small, and has no second mode that may never run.
	p, err := exec.Compile(exec.Spec{
		Build:  func(d *ir.Draft) { o.build((*graph.Builder)(d), in) },
		Limits: map[string]int{"R": in.Rows}, Train: true, Gradient: true, InputGradients: []string{"predictions"},
	})
	if err != nil {
		return core.LossPlan{}, buildError(err)
	}
	o.in, o.program = in, p
	return core.LossPlan{Bytes: int64(p.Bytes())}, nil
}

// build declares predictions, weights and targets in this order, which is the order in
// which Evaluate binds them.
func (o *lossComponent) build(b *graph.Builder, in core.LossInput) {
	rows := graph.Sym("R")
	nodes := LossInput{Target: in.Target, Views: max(in.Views, 1),
		Predictions: b.Input("predictions", tensor.Float32, rows, graph.Fixed(in.Outputs)),
		Weights:     b.Input("weights", tensor.Float32, rows)}
	if in.TargetWidth > 0 {
		nodes.Targets = b.Input("targets", tensor.Float32, rows, graph.Fixed(in.TargetWidth))
	}
	out := o.author(b, nodes)
	switch {
	case out == nil:
		b.Fail(errors.New("the building function returned no node, but a scalar is expected"))
	case len(out.Shape()) != 0:
		b.Fail(fmt.Errorf("the building function returned %v, but a scalar is expected", out.Shape()))
	default:
		b.Output("loss", out)
	}
}

// Evaluate runs the graph forward and, if a gradient is wanted, backward.
func (o *lossComponent) Evaluate(ctx context.Context, call core.LossCall) (float64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.check(ctx, call); err != nil {
		return 0, err
	}
	// Small and of this call alone. Backward reads it again, as its seed.
	value := tensor.New(tensor.Float32)
	r := exec.Bindings{Inputs: []tensor.Tensor{call.Predictions, call.Weights}, Outputs: []tensor.Tensor{value}}
	// Behind the others, as build declares them.
	if o.in.TargetWidth > 0 {
		r.Inputs = append(r.Inputs, call.Targets)
	}
	if err := o.program.Forward(r); err != nil {
		return 0, err
	}
	result := float64(value.Float32s()[0])
	if call.GradPredictions.IsZero() {
		return result, nil
	}
	value.Float32s()[0] = 1 // the gradient of the loss with respect to itself
	return result, o.program.Backward(exec.Gradients{
		Outputs: []tensor.Tensor{value}, Inputs: []tensor.Tensor{call.GradPredictions}})
}

// check reports a call that does not fit the plan.
func (o *lossComponent) check(ctx context.Context, call core.LossCall) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if o.program == nil {
		return fmt.Errorf("%w: the loss has no plan", core.ErrNotPlanned)
	}
	if err := Expect("predictions", call.Predictions, tensor.Float32, Any, o.in.Outputs); err != nil {
		return err
	}
	// Known to have two axes by now.
	rows := call.Predictions.Shape[0]
	if rows%max(o.in.Views, 1) != 0 {
		return fmt.Errorf("%w: %d rows of predictions cannot be divided into %d views", core.ErrShape, rows, o.in.Views)
	}
	faults := []error{atMost("rows", rows, o.in.Rows), Expect("weights", call.Weights, tensor.Float32, rows)}
	if o.in.TargetWidth > 0 {
		faults = append(faults, Expect("targets", call.Targets, tensor.Float32, rows, o.in.TargetWidth))
	}
	if !call.GradPredictions.IsZero() {
		faults = append(faults,
			Expect("gradient of predictions", call.GradPredictions, tensor.Float32, rows, o.in.Outputs))
	}
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return nil
}
