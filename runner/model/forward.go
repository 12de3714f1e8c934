package model

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// Pass is one way of a batch's frames through backbone and heads.
type ForwardInput struct {
	// Frames: uint8 [N,S,S,3]. Offsets: int32 [R+1].
	Frames, Offsets tensor.Tensor
	// FrameKeys: uint64 [N], RowKeys: uint64 [R], for dropout.
	FrameKeys, RowKeys tensor.Tensor
	// Teacher takes the averaged parameters, Until the number of heads to pass.
	Teacher bool
	Heads   int
}

// Rows returns R.
func (p ForwardInput) Rows() int { return p.Offsets.Len() - 1 }

// N returns the number of frames.
func (p ForwardInput) N() int { return p.Frames.Shape[0] }

// Chain is the backbone and the heads that a branch's frames go through, with the
// memory of what flows between them.
type Chain struct {
	Backbone *Module
	Heads    []*Module

	// features: float32 [N,D] and outputs[h]: float32 [R,K] of head h, at the
	// greatest N and R, with their gradients. rows: int32 [R+1] counting up, for
	// heads behind the first, whose features are rows already.
	features, gradFeatures tensor.Tensor
	outputs, gradOutputs   []tensor.Tensor
	rows                   tensor.Tensor

	// token numbers the evaluations, shared by all chains of a run: parts are too.
	forwardID *uint64
}

// Output returns the memory of the last head's output for a number of rows, and
// of its gradient: float32 [R,K] both.
func (c *Chain) Output(rows int) (output, grad tensor.Tensor) {
	last := len(c.Heads) - 1
	return Front(c.outputs[last], rows), Front(c.gradOutputs[last], rows)
}

// Infer computes the output of a pass as in use, without a gradient, into
// chain-owned memory: float32 [R,K], valid until the next call on the chain.
func (c *Chain) Infer(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.forward(ctx, p, false)
}

// Forward computes the output of a pass as in training, so that Backward can
// follow, and the new values of the buffers.
func (c *Chain) Forward(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.forward(ctx, p, true)
}

// Features computes what the backbone alone makes of a pass, as in use, into
// chain-owned memory: float32 [N,D], valid until the next call on the chain.
func (c *Chain) Features(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.extract(ctx, p, false)
}

func (c *Chain) extract(ctx context.Context, p ForwardInput, train bool) (tensor.Tensor, error) {
	*c.forwardID += uint64(1 + len(c.Heads))
	if c.Backbone.Prefix != nil {
		if err := c.Backbone.through(ctx, p.Frames); err != nil {
			return tensor.Tensor{}, err
		}
	}
	features := Front(c.features, p.N())
	call := core.ModuleForward{ModuleCall: c.backboneCall(p, train), Output: features}
	return features, c.run(ctx, c.Backbone, call)
}

func (c *Chain) forward(ctx context.Context, p ForwardInput, train bool) (tensor.Tensor, error) {
	out, err := c.extract(ctx, p, train)
	if err != nil {
		return tensor.Tensor{}, err
	}
	for h := range c.heads(p) {
		out = Front(c.outputs[h], p.Rows())
		call := core.ModuleForward{ModuleCall: c.headCall(p, h, train), Output: out}
		if err := c.run(ctx, c.Heads[h], call); err != nil {
			return tensor.Tensor{}, err
		}
	}
	return out, nil
}

func (c *Chain) run(ctx context.Context, part *Module, call core.ModuleForward) error {
	call.Gradient = call.Train && part.Input.Gradient
	if call.Train {
		call.Updates = part.Updates
	}
	if err := part.Module.Forward(ctx, call); err != nil {
		return fmt.Errorf("%s: forward: %w", part.Name, err)
	}
	return nil
}

// Backward takes the gradient that lies in the memory of Output back to the
// parameters of the heads and the backbone, whose Grads it writes.
func (c *Chain) Backward(ctx context.Context, p ForwardInput) error {
	for h := len(c.Heads) - 1; h >= 0; h-- {
		call := core.ModuleBackward{ModuleCall: c.headCall(p, h, true), GradOutput: Front(c.gradOutputs[h], p.Rows()),
			GradParams: c.Heads[h].Grads}
		if c.Heads[h].Input.InputGradient {
			call.GradInput = c.gradInput(p, h)
		}
		if err := c.Heads[h].Module.Backward(ctx, call); err != nil {
			return fmt.Errorf("%s: backward: %w", c.Heads[h].Name, err)
		}
	}
	if !c.Backbone.Trainable() {
		return nil
	}
	call := core.ModuleBackward{ModuleCall: c.backboneCall(p, true), GradOutput: Front(c.gradFeatures, p.N()),
		GradParams: c.Backbone.Grads}
	if err := c.Backbone.Module.Backward(ctx, call); err != nil {
		return fmt.Errorf("backbone: backward: %w", err)
	}
	return nil
}

func (c *Chain) gradInput(p ForwardInput, h int) tensor.Tensor {
	if h == 0 {
		return Front(c.gradFeatures, p.N())
	}
	return Front(c.gradOutputs[h-1], p.Rows())
}

// heads counts the heads that the pass goes through.
func (c *Chain) heads(p ForwardInput) int {
	if p.Heads > 0 {
		return p.Heads
	}
	return len(c.Heads)
}

// backboneCall and headCall give the token of the last forward: one number for
// the backbone, the ones below it for the heads.
func (c *Chain) backboneCall(p ForwardInput, train bool) core.ModuleCall {
	call := core.ModuleCall{ForwardID: *c.forwardID, Train: train, Frames: p.Frames, Keys: p.FrameKeys}
	if t := c.Backbone.Prefix; t != nil { // whose maps are still those of the forward
		call.Frames, call.PrefixFeatures = tensor.Tensor{}, Front(t.maps, p.N())
	}
	call.Params, call.Revision = c.Backbone.params(p.Teacher)
	return call
}

func (c *Chain) headCall(p ForwardInput, h int, train bool) core.ModuleCall {
	call := core.ModuleCall{ForwardID: *c.forwardID - uint64(h) - 1, Train: train, Keys: p.RowKeys}
	call.Params, call.Revision = c.Heads[h].params(p.Teacher)
	if h == 0 {
		call.Features, call.Offsets = Front(c.features, p.N()), p.Offsets
	} else {
		call.Features, call.Offsets = Front(c.outputs[h-1], p.Rows()), Front(c.rows, p.Rows()+1)
	}
	return call
}

func (p *Module) params(teacher bool) ([]tensor.Tensor, uint64) {
	if teacher {
		return p.Teacher, p.teacherRevision
	}
	return p.State, p.revision
}

// Front returns the first n rows of a tensor, in its memory. More than there are
// is a mistake of this program: the limits were planned.
func Front(t tensor.Tensor, n int) tensor.Tensor {
	if t.IsZero() {
		return t
	}
	shape := append([]int{n}, t.Shape[1:]...)
	row := len(t.Bytes()) / max(t.Shape[0], 1)
	view, err := tensor.View(t.Bytes()[:n*row], t.DType, shape...)
	if err != nil {
		panic(fmt.Sprintf("model: %d rows of %v: %v", n, t, err))
	}
	return view
}
