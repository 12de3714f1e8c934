package pipeline

import (
	"fmt"
	"slices"

	"montage/core"
	"montage/core/spec"
	"montage/runner/model"
)

// plan gives every module and loss the shapes that the one before it has.
func (p *Pipeline) plan() error {
	largest := p.Predictor.Size()
	for _, b := range p.Branches {
		largest = largest.With(p.largest(b))
	}
	p.Backbone.Input = core.ModuleInput{Size: p.Spec.Data.Size, Frames: largest.N, Rows: largest.N,
		Gradient: !p.Predict, MicroBatch: p.Spec.MicroBatch, Profile: p.Profile}
	if err := p.planModule(p.Backbone, p.Spec.Backbone); err != nil {
		return err
	}
	if err := p.planPrefix(); err != nil {
		return err
	}
	for _, b := range p.Branches {
		if err := p.planHeads(b); err != nil {
			return err
		}
		if !b.Trained() {
			continue
		}
		if err := p.planLoss(b); err != nil {
			return err
		}
	}
	return nil
}

// largest returns the bounds of what goes through a branch's heads.
func (p *Pipeline) largest(b *model.Branch) model.Size {
	s := model.Size{}
	if b.Trained() {
		s = b.Largest()
	}
	if b.Name == p.Plan.Predict {
		s = s.With(p.Predictor.Size())
	}
	return s
}

func (p *Pipeline) planHeads(b *model.Branch) error {
	features, last := p.Backbone.Plan.Outputs, core.Head{}
	for h, head := range p.Plan.Heads(b.Branch) {
		m := b.Chain.Heads[h]
		if m.Plan.Outputs == 0 { // else a branch before planned it
			if err := p.planHead(head, h, features); err != nil {
				return err
			}
		}
		features, last = m.Plan.Outputs, head
	}
	if want := wanted(b.Branch, len(p.Classes)); want > 0 && features != want && last.Branch != b.Name {
		return p.problem(p.Spec.Strategy, fmt.Errorf("branch %q needs rows of width K = %d; the heads of branch %q, "+
			"which it uses, give K = %d: %w", b.Name, want, b.SharesHeadsOf, features, core.ErrShape))
	}
	return nil
}

// planHead plans the head at a position of its chain, the same in every branch that
// passes it, and large enough for each of them.
func (p *Pipeline) planHead(head core.Head, h, features int) error {
	var m *model.StatefulModule
	var size model.Size
	for _, b := range p.Branches {
		if slices.Contains(p.Plan.Heads(b.Branch), head) {
			m, size = b.Chain.Heads[h], size.With(p.largest(b))
		}
	}
	c, err := p.head(head)
	if err != nil {
		return err
	}
	m.Input = core.ModuleInput{Features: features, Frames: size.N, Rows: size.R, Gradient: !p.Predict,
		InputGradient: !p.Predict && (h > 0 || p.Backbone.Trainable())}
	if h > 0 {
		m.Input.Frames = size.R
	}
	owner := p.Plan.Branches[slices.IndexFunc(p.Plan.Branches,
		func(b core.Branch) bool { return b.Name == head.Branch })]
	if keys := owner.HeadKeys(); keys[len(keys)-1] == head.Key {
		m.Input.Outputs = wanted(owner, len(p.Classes))
	}
	if err := p.planModule(m, c); err != nil {
		return err
	}
	if want := m.Input.Outputs; want > 0 && m.Plan.Outputs != want {
		return p.problem(c, fmt.Errorf("head %q gives rows of width K = %d; branch %q needs K = %d (%s): %w",
			c.Plugin, m.Plan.Outputs, owner.Name, want, p.why(owner), core.ErrShape))
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

func (p *Pipeline) why(b core.Branch) string {
	if b.Origin == core.FromLabels && b.Outputs == 0 {
		return "one for each class"
	}
	return fmt.Sprintf("as strategy %q says", p.Spec.Strategy.Plugin)
}

func (p *Pipeline) planModule(m *model.StatefulModule, c *spec.Component) error {
	var err error
	if m.Plan, err = m.Module.Plan(m.Input); err != nil {
		return p.problem(c, err)
	}
	if err := m.Check(); err != nil {
		return p.problem(c, err)
	}
	return nil
}

func (p *Pipeline) planLoss(b *model.Branch) error {
	c := p.Spec.Branch(b.Name).Loss
	plan, err := b.Loss.Plan(core.LossInput{
		Outputs: b.Chain.OutputWidth(), TargetWidth: b.TargetWidth(), Target: b.Target,
		Rows: b.WithGradient().R, Views: b.GradientViews(),
	})
	if err != nil {
		return p.problem(c, err)
	}
	b.LossBytes = plan.Bytes
	return nil
}
