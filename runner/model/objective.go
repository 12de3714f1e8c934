package model

import (
	"fmt"
	"slices"

	"montage/core"
	"montage/core/tensor"
)

// Branch is one objective of the run: the strategy's branch with its components.
type Objective struct {
	core.Branch
	Chain Chain
	Loss  core.Loss
	// LossBytes is the memory that the loss planned.
	LossBytes int64
	// Augment are the augmentations of each view, by the view's name.
	Augment map[string][]core.Augmentation
	// Weight multiplies the loss. Batch is samples a step, Frames the most
	// frames of a sample. Classes is the number of classes.
	Weight        float64
	Batch, Frames int
	Classes       int
	// Optimizer names the optimizer that the branch's gradients go to.
	Optimizer string
}

// Size bounds a pass: N frames and R rows.
type Size struct{ N, R int }

// With bounds what either size bounds.
func (s Size) With(o Size) Size { return Size{N: max(s.N, o.N), R: max(s.R, o.R)} }

// Draw returns the bounds of one draw of a batch, before any transform.
func (b *Objective) Draw() Size {
	s := Size{N: b.Batch * b.Frames, R: b.Batch}
	if b.Unit == core.UnitFrame {
		s.R = s.N
	}
	return s
}

// View returns the bounds of a view.
func (b *Objective) View(v core.View) Size {
	if v.SharesFramesOf != "" {
		return b.View(b.Views[slices.IndexFunc(b.Views, func(o core.View) bool { return o.Name == v.SharesFramesOf })])
	}
	s, copies := b.Draw(), max(v.Copies, 1)
	return Size{N: s.N * copies, R: s.R * copies}
}

// Gradient returns the bounds of the pass of all views with a gradient.
func (b *Objective) Gradient() Size {
	var sum Size
	for _, v := range b.Views {
		if s := b.View(v); !v.NoGradient {
			sum.N, sum.R = sum.N+s.N, sum.R+s.R
		}
	}
	return sum
}

// GradientViews counts the views with a gradient.
func (b *Objective) GradientViews() int {
	n := 0
	for _, v := range b.Views {
		if !v.NoGradient {
			n++
		}
	}
	return n
}

// Largest returns the bounds of any pass.
func (b *Objective) Largest() Size {
	largest := b.Gradient()
	for _, v := range b.Views {
		largest = largest.With(b.View(v))
	}
	return largest
}

// TargetWidth returns T.
func (b *Objective) TargetWidth() int {
	switch {
	case b.Target == core.TargetNone:
		return 0
	case b.Origin == core.FromLabels:
		return b.Classes
	}
	return b.Chain.OutputWidth()
}

// Until returns the number of heads that a view passes.
func (b *Objective) HeadsPassed(v core.View) int {
	if v.StopsAtHead == "" {
		return len(b.Chain.Heads)
	}
	shared := 0 // in front of its own
	if b.SharesHeadsThrough != "" {
		shared = len(b.Chain.Heads) - len(b.HeadKeys())
	}
	return shared + 1 + slices.Index(b.HeadKeys(), v.StopsAtHead)
}

// Parts returns the branch's heads behind the backbone.
func (b *Objective) Modules() []*Module { return append([]*Module{b.Chain.Backbone}, b.Chain.Heads...) }

// OutputWidth returns K of the last head.
func (c *Chain) OutputWidth() int { return c.Heads[len(c.Heads)-1].Plan.Outputs }

// Allocate takes the memory of what flows between the layers of a chain.
func (c *Chain) Allocate(work Allocator, s Size, token *uint64) error {
	c.forwardID = token
	alloc := func(d tensor.DType, shape ...int) (t tensor.Tensor, err error) { return work.Alloc(d, shape...) }
	var err error
	if c.features, err = alloc(tensor.Float32, s.N, c.Backbone.Plan.Outputs); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if c.gradFeatures, err = alloc(tensor.Float32, s.N, c.Backbone.Plan.Outputs); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	c.outputs, c.gradOutputs = nil, nil
	for _, head := range c.Heads {
		out, err := alloc(tensor.Float32, s.R, head.Plan.Outputs)
		if err != nil {
			return fmt.Errorf("%s: %w", head.Name, err)
		}
		grad, err := alloc(tensor.Float32, s.R, head.Plan.Outputs)
		if err != nil {
			return fmt.Errorf("%s: %w", head.Name, err)
		}
		c.outputs, c.gradOutputs = append(c.outputs, out), append(c.gradOutputs, grad)
	}
	if c.rows, err = alloc(tensor.Int32, s.R+1); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	for i, rows := 0, c.rows.Int32s(); i < len(rows); i++ {
		rows[i] = int32(i)
	}
	return nil
}
