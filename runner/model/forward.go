package model

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// ForwardInput is what goes through backbone and heads in one forward pass.
type ForwardInput struct {
	// Frames: uint8 [N,S,S,3]. Offsets: int32 [R+1].
	Frames, Offsets tensor.Tensor
	// FrameKeys: uint64 [N], RowKeys: uint64 [R], for dropout.
	FrameKeys, RowKeys tensor.Tensor
	// Teacher takes the averaged parameters. Heads is the number of heads to pass, 0 for all.
	Teacher bool
	Heads   int
}

// Rows returns R, the number of rows.
func (p ForwardInput) Rows() int { return p.Offsets.Len() - 1 }

// N returns the number of frames.
func (p ForwardInput) N() int { return p.Frames.Shape[0] }

// Infer computes the output of the heads as in use, not as in training: without dropout
// and without a gradient. The result, float32 [R,K], is the chain's own memory and valid
// until the next call on the chain.
func (c *Chain) Infer(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.forward(ctx, p, false)
}

// Forward computes the output as in training, so that Backward can follow, and the new
// values of the buffers.
func (c *Chain) Forward(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.forward(ctx, p, true)
}

// Features computes the output of the backbone alone, as in use. The result, float32
// [N,D], is the chain's own memory and valid until the next call on the chain.
func (c *Chain) Features(ctx context.Context, p ForwardInput) (tensor.Tensor, error) {
	return c.extract(ctx, p, false)
}

func (c *Chain) extract(ctx context.Context, p ForwardInput, train bool) (tensor.Tensor, error) {
	*c.forwardID += uint64(1 + len(c.Heads))
	if c.Backbone.Prefix != nil {
		if err := c.Backbone.throughPrefix(ctx, p.Frames); err != nil {
			return tensor.Tensor{}, err
		}
	}
	features := c.features.Rows(0, p.N())
	call := core.ModuleForward{ModuleCall: c.backboneCall(p, train), Output: features}
	return features, c.run(ctx, c.Backbone, call)
}

func (c *Chain) forward(ctx context.Context, p ForwardInput, train bool) (tensor.Tensor, error) {
	out, err := c.extract(ctx, p, train)
	if err != nil {
		return tensor.Tensor{}, err
	}
	for h := range c.heads(p) {
		out = c.outputs[h].Rows(0, p.Rows())
		call := core.ModuleForward{ModuleCall: c.headCall(p, h, train), Output: out}
		if err := c.run(ctx, c.Heads[h], call); err != nil {
			return tensor.Tensor{}, err
		}
	}
	return out, nil
}

func (c *Chain) run(ctx context.Context, m *StatefulModule, call core.ModuleForward) error {
	call.Gradient = call.Train && m.Input.Gradient
	if call.Train {
		call.Updates = m.Updates
	}
	if err := m.Module.Forward(ctx, call); err != nil {
		return fmt.Errorf("%s: forward: %w", m.Name, err)
	}
	return nil
}

// Backward takes the gradient that lies in the memory of Output back to the
// parameters of the heads and the backbone, whose Grads it writes.
func (c *Chain) Backward(ctx context.Context, p ForwardInput) error {
	for h := len(c.Heads) - 1; h >= 0; h-- {
		call := core.ModuleBackward{ModuleCall: c.headCall(p, h, true), GradOutput: c.gradOutputs[h].Rows(0, p.Rows()),
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
	call := core.ModuleBackward{ModuleCall: c.backboneCall(p, true), GradOutput: c.gradFeatures.Rows(0, p.N()),
		GradParams: c.Backbone.Grads}
	if err := c.Backbone.Module.Backward(ctx, call); err != nil {
		return fmt.Errorf("backbone: backward: %w", err)
	}
	return nil
}

func (c *Chain) gradInput(p ForwardInput, h int) tensor.Tensor {
	if h == 0 {
		return c.gradFeatures.Rows(0, p.N())
	}
	return c.gradOutputs[h-1].Rows(0, p.Rows())
}

// heads counts the heads that the input goes through.
func (c *Chain) heads(p ForwardInput) int {
	if p.Heads > 0 {
		return p.Heads
	}
	return len(c.Heads)
}

// backboneCall and headCall give every module of a forward its ForwardID: one number for
// the backbone, the ones below it for the heads.
func (c *Chain) backboneCall(p ForwardInput, train bool) core.ModuleCall {
	call := core.ModuleCall{ForwardID: *c.forwardID, Train: train, Frames: p.Frames, Keys: p.FrameKeys}
	if prefix := c.Backbone.Prefix; prefix != nil { // whose features are still those of the forward
		call.Frames, call.PrefixFeatures = tensor.Tensor{}, prefix.features.Rows(0, p.N())
	}
	call.Params, call.Revision = c.Backbone.params(p.Teacher)
	return call
}

func (c *Chain) headCall(p ForwardInput, h int, train bool) core.ModuleCall {
	call := core.ModuleCall{ForwardID: *c.forwardID - uint64(h) - 1, Train: train, Keys: p.RowKeys}
	call.Params, call.Revision = c.Heads[h].params(p.Teacher)
	if h == 0 {
		call.Features, call.Offsets = c.features.Rows(0, p.N()), p.Offsets
	} else {
		call.Features, call.Offsets = c.outputs[h-1].Rows(0, p.Rows()), c.rows.Rows(0, p.Rows()+1)
	}
	return call
}

func (m *StatefulModule) params(teacher bool) ([]tensor.Tensor, uint64) {
	if teacher {
		return m.Teacher, m.teacherRevision
	}
	return m.State, m.revision
}
