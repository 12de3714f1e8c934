package pipeline

import (
	"fmt"
	"slices"

	"montage/core"
	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/engine"
	"montage/runner/model"
)

// plan gives every layer and loss the shapes that the stage before it has.
func (a *Pipeline) plan() error {
	largest := a.Predictor.Size()
	for _, b := range a.Branches {
		largest = largest.With(a.largest(b))
	}
	a.Backbone.Input = core.ModuleInput{Size: a.Spec.Data.Size, Frames: largest.N, Rows: largest.N,
		Gradient: !a.Predict, MicroBatch: a.Spec.MicroBatch, Profile: a.Profile}
	if err := a.planPart(a.Backbone, a.Spec.Backbone); err != nil {
		return err
	}
	if err := a.planPrefix(); err != nil {
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
func (a *Pipeline) largest(b *engine.TrainedBranch) model.Size {
	s := model.Size{}
	if !b.Untrained {
		s = b.Largest()
	}
	if b.Name == a.Plan.Predict {
		s = s.With(a.Predictor.Size())
	}
	return s
}

func (a *Pipeline) planHeads(b *engine.TrainedBranch) error {
	features, last := a.Backbone.Plan.Outputs, core.Head{}
	for h, head := range a.Plan.Heads(b.Objective.Branch) {
		part := b.Chain.Heads[h]
		if part.Plan.Outputs == 0 { // else a branch before planned it
			if err := a.planHead(head, h, features); err != nil {
				return err
			}
		}
		features, last = part.Plan.Outputs, head
	}
	if want := wanted(b.Objective.Branch, len(a.Classes)); want > 0 && features != want && last.Branch != b.Name {
		return a.problem(a.Spec.Strategy, fmt.Errorf("branch %q needs rows of width K = %d; the heads of branch %q, "+
			"which it uses, give K = %d: %w", b.Name, want, b.SharesHeadsOf, features, core.ErrShape))
	}
	return nil
}

// planHead plans the head in a place of its chain, the same in every branch that
// passes it, and large enough for each of them.
func (a *Pipeline) planHead(head core.Head, h, features int) error {
	var part *model.Module
	var size model.Size
	for _, b := range a.Branches {
		if slices.Contains(a.Plan.Heads(b.Objective.Branch), head) {
			part, size = b.Chain.Heads[h], size.With(a.largest(b))
		}
	}
	c, err := a.head(head)
	if err != nil {
		return err
	}
	part.Input = core.ModuleInput{Features: features, Frames: size.N, Rows: size.R, Gradient: !a.Predict,
		InputGradient: !a.Predict && (h > 0 || a.Backbone.Trainable())}
	if h > 0 {
		part.Input.Frames = size.R
	}
	owner := a.Plan.Branches[slices.IndexFunc(a.Plan.Branches,
		func(b core.Branch) bool { return b.Name == head.Branch })]
	if keys := owner.HeadKeys(); keys[len(keys)-1] == head.Key {
		part.Input.Outputs = wanted(owner, len(a.Classes))
	}
	if err := a.planPart(part, c); err != nil {
		return err
	}
	if want := part.Input.Outputs; want > 0 && part.Plan.Outputs != want {
		return a.problem(c, fmt.Errorf("head %q gives rows of width K = %d; branch %q needs K = %d (%s): %w",
			c.Plugin, part.Plan.Outputs, owner.Name, want, a.why(owner), core.ErrShape))
	}
	return nil
}

// wanted returns the width that the targets ask of a branch's last head.
func wanted(b core.Branch, classes int) int {
	if b.Origin == core.FromLabels && b.Outputs == 0 {
		return classes
	}
	return b.Outputs
}

func (a *Pipeline) why(b core.Branch) string {
	if b.Origin == core.FromLabels && b.Outputs == 0 {
		return "one for each class"
	}
	return fmt.Sprintf("as strategy %q says", a.Spec.Strategy.Plugin)
}

func (a *Pipeline) planPart(p *model.Module, c *spec.Component) error {
	var err error
	if p.Plan, err = p.Module.Plan(p.Input); err != nil {
		return a.problem(c, err)
	}
	if err := p.Check(); err != nil {
		return a.problem(c, err)
	}
	return nil
}

func (a *Pipeline) planLoss(b *engine.TrainedBranch) error {
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
func (a *Pipeline) allocate(state, work model.Allocator) error {
	for _, part := range a.Modules() {
		if err := part.Allocate(state, work, a.Plan.Teacher != nil && !a.Predict); err != nil {
			return err
		}
	}
	if a.Backbone.Prefix != nil {
		if err := a.Backbone.Prefix.Allocate(work, a.Backbone); err != nil {
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

func (a *Pipeline) allocateFeed(b *engine.TrainedBranch, work model.Allocator) error {
	if b.Untrained {
		return nil
	}
	b.Kept = nil
	for _, v := range b.Views {
		if !v.NoGradient {
			continue
		}
		memory, err := work.Alloc(tensor.Float32, b.View(v).R, b.Chain.Heads[b.HeadsPassed(v)-1].Plan.Outputs)
		if err != nil {
			return fmt.Errorf("branch %s: view %s: %w", b.Name, v.Name, err)
		}
		b.Kept = append(b.Kept, model.Output{Memory: memory})
	}
	return b.Feed.Allocate(work, a.Spec.Data.Size, b.Slots[:])
}
