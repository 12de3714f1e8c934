package assembly

import (
	"fmt"

	"montage/core"
	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/engine"
	"montage/runner/model"
)

// plan gives every layer and loss the shapes that the stage before it has.
func (a *Assembly) plan() error {
	largest := a.Predictor.Size()
	for _, b := range a.Branches {
		s := a.largest(b)
		largest = model.Size{N: max(largest.N, s.N), R: max(largest.R, s.R)}
	}
	a.Backbone.Input = core.LayerInput{Size: a.Spec.Data.Size, Frames: largest.N, Rows: largest.N, Gradient: !a.Predict, MicroBatch: a.Spec.MicroBatch}
	if err := a.planPart(a.Backbone, a.Spec.Backbone); err != nil {
		return err
	}
	for _, b := range a.Branches {
		if err := a.planHeads(b); err != nil {
			return err
		}
		if b.Untrained {
			continue
		}
		if err := a.planLoss(b); err != nil {
			return err
		}
	}
	return nil
}

// largest returns the bounds of what goes through a branch's heads.
func (a *Assembly) largest(b *engine.Branch) model.Size {
	s := model.Size{}
	if !b.Untrained {
		s = b.Largest()
	}
	if b.Name == a.Program.Predict {
		e := a.Predictor.Size()
		s = model.Size{N: max(s.N, e.N), R: max(s.R, e.R)}
	}
	return s
}

func (a *Assembly) planHeads(b *engine.Branch) error {
	if b.Shares != "" {
		return a.checkShared(b)
	}
	features, size := a.Backbone.Plan.Outputs, a.largest(b)
	for _, other := range a.Branches {
		if s := a.largest(other); other.Shares == b.Name {
			size = model.Size{N: max(size.N, s.N), R: max(size.R, s.R)}
		}
	}
	for h, part := range b.Chain.Heads {
		c := a.Spec.Branch(b.Name).Heads[b.HeadKeys()[h]]
		part.Input = core.LayerInput{Features: features, Frames: size.N, Rows: size.R, Gradient: !a.Predict,
			InputGradient: !a.Predict && (h > 0 || a.Backbone.Trainable())}
		if h > 0 {
			part.Input.Frames = size.R
		}
		if h == len(b.Chain.Heads)-1 {
			part.Input.Outputs = a.wanted(b)
		}
		if err := a.planPart(part, c); err != nil {
			return err
		}
		if want := part.Input.Outputs; want > 0 && part.Plan.Outputs != want {
			return a.problem(c, fmt.Errorf("head %q gives rows of width K = %d; branch %q needs K = %d (%s): %w",
				c.Plugin, part.Plan.Outputs, b.Name, want, a.why(b), core.ErrShape))
		}
		features = part.Plan.Outputs
	}
	return nil
}

// checkShared wants of the shared heads what the branch's targets ask.
func (a *Assembly) checkShared(b *engine.Branch) error {
	if want, got := a.wanted(b), b.Chain.OutputWidth(); want > 0 && got != want {
		return a.problem(a.Spec.Strategy, fmt.Errorf("branch %q needs rows of width K = %d; the heads of branch %q, which it uses, give K = %d: %w", b.Name, want, b.Shares, got, core.ErrShape))
	}
	return nil
}

// wanted returns the width that the targets ask of a branch's last head.
func (a *Assembly) wanted(b *engine.Branch) int {
	if b.Origin == core.FromLabels && b.Outputs == 0 {
		return len(a.Classes)
	}
	return b.Outputs
}

func (a *Assembly) why(b *engine.Branch) string {
	if b.Origin == core.FromLabels && b.Outputs == 0 {
		return "one for each genre"
	}
	return fmt.Sprintf("as strategy %q says", a.Spec.Strategy.Plugin)
}

func (a *Assembly) planPart(p *model.Part, c *spec.Component) error {
	var err error
	if p.Plan, err = p.Layer.Plan(p.Input); err != nil {
		return a.problem(c, err)
	}
	if err := p.Check(); err != nil {
		return a.problem(c, err)
	}
	return nil
}

func (a *Assembly) planLoss(b *engine.Branch) error {
	c := a.Spec.Branch(b.Name).Loss
	plan, err := b.Loss.Plan(core.LossInput{
		Outputs: b.Chain.OutputWidth(), TargetWidth: b.TargetWidth(), Target: b.Target,
		Rows: b.Gradient().R, Views: b.GradientViews(),
	})
	if err != nil {
		return a.problem(c, err)
	}
	b.LossBytes = plan.Bytes
	return nil
}

// allocate lays out everything, in an order that is a function of the spec.
func (a *Assembly) allocate(state, work model.Allocator) error {
	for _, part := range a.Parts() {
		if err := part.Allocate(state, work, a.Program.Teacher != nil && !a.Predict); err != nil {
			return err
		}
	}
	for _, b := range a.Branches {
		if err := b.Chain.Allocate(work, a.largest(b), &a.token); err != nil {
			return fmt.Errorf("branch %s: %w", b.Name, err)
		}
		if err := a.allocateFeed(b, work); err != nil {
			return err
		}
	}
	return a.Predictor.Allocate(work, a.Spec.Data.Size)
}

func (a *Assembly) allocateFeed(b *engine.Branch, work model.Allocator) error {
	if b.Untrained {
		return nil
	}
	b.Kept = nil
	for _, v := range b.Views {
		if !v.NoGradient {
			continue
		}
		memory, err := work.Alloc(tensor.Float32, b.View(v).R, b.Chain.Heads[b.Until(v)-1].Plan.Outputs)
		if err != nil {
			return fmt.Errorf("branch %s: view %s: %w", b.Name, v.Name, err)
		}
		b.Kept = append(b.Kept, model.Output{Memory: memory})
	}
	return b.Feed.Allocate(work, a.Spec.Data.Size, b.Slots[:])
}
