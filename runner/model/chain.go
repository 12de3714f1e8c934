package model

import (
	"fmt"

	"montage/core/tensor"
)

// Chain is the backbone and the heads that a branch's frames go through, with the
// memory of what flows between them.
type Chain struct {
	Backbone *StatefulModule
	Heads    []*StatefulModule

	// features: float32 [N,D] and outputs[h]: float32 [R,K] of head h, at the
	// greatest N and R, with their gradients. rows: int32 [R+1] counting up, for
	// heads behind the first, whose features are rows already.
	features, gradFeatures tensor.Tensor
	outputs, gradOutputs   []tensor.Tensor
	rows                   tensor.Tensor

	// forwardID numbers the evaluations, shared by all chains of a run, as modules are.
	forwardID *uint64
}

// Output returns the memory of the last head's output for a number of rows, and
// of its gradient: float32 [R,K] both.
func (c *Chain) Output(rows int) (output, grad tensor.Tensor) {
	last := len(c.Heads) - 1
	return c.outputs[last].Rows(0, rows), c.gradOutputs[last].Rows(0, rows)
}

// OutputWidth returns K of the last head.
func (c *Chain) OutputWidth() int { return c.Heads[len(c.Heads)-1].Plan.Outputs }

// Allocate takes the memory of what flows between the modules of a chain. forwardID is
// shared by all chains of a run.
func (c *Chain) Allocate(work Allocator, s Size, forwardID *uint64) error {
	c.forwardID = forwardID
	var err error
	if c.features, err = work.Alloc(tensor.Float32, s.N, c.Backbone.Plan.Outputs); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if c.gradFeatures, err = work.Alloc(tensor.Float32, s.N, c.Backbone.Plan.Outputs); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	c.outputs, c.gradOutputs = nil, nil
	for _, head := range c.Heads {
		out, err := work.Alloc(tensor.Float32, s.R, head.Plan.Outputs)
		if err != nil {
			return fmt.Errorf("%s: %w", head.Name, err)
		}
		grad, err := work.Alloc(tensor.Float32, s.R, head.Plan.Outputs)
		if err != nil {
			return fmt.Errorf("%s: %w", head.Name, err)
		}
		c.outputs, c.gradOutputs = append(c.outputs, out), append(c.gradOutputs, grad)
	}
	if c.rows, err = work.Alloc(tensor.Int32, s.R+1); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	for i, rows := 0, c.rows.Int32s(); i < len(rows); i++ {
		rows[i] = int32(i)
	}
	return nil
}
