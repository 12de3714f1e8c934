package pipeline

import (
	"fmt"
	"slices"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/input"
	"montage/runner/model"
	"montage/runner/predict"
)

// makeBranches makes the backbone and the components of each branch, not planned yet.
func (p *Pipeline) makeBranches() error {
	backbone, err := p.makeBackbone()
	if err != nil {
		return err
	}
	p.Backbone = &model.StatefulModule{Name: "backbone", Module: backbone}
	for _, b := range p.Plan.Branches {
		s, predicts := p.Spec.Branch(b.Name), b.Name == p.Plan.Predict
		if predicts && s == nil {
			return p.problem(p.Spec.Strategy, hint.With(fmt.Errorf("branch %q predicts the labels and has no table",
				b.Name), "[branch.%s] needs a head, though no phase trains it", b.Name))
		}
		if p.Predict && !predicts || !p.Predict && !p.trained(b.Name) && !predicts {
			continue
		}
		branch, err := p.branch(b, s)
		if err != nil {
			return err
		}
		p.Branches = append(p.Branches, branch)
	}
	p.Predictor = &predict.Predictor{Chain: &p.Branch(p.Plan.Predict).Chain, Loader: p.Loader,
		Batch: p.Spec.Eval.Batch, Frames: p.Spec.Data.Frames}
	return nil
}

func (p *Pipeline) branch(b core.Branch, s *spec.BranchTable) (*model.Branch, error) {
	branch := &model.Branch{
		Branch: b, Augment: map[string][]core.Augmentation{}, Weight: s.Weight, Batch: s.Batch,
		Frames: p.Spec.Data.Frames, Classes: len(p.Classes), Optimizer: s.Optimizer.Name,
	}
	branch.Chain.Backbone = p.Backbone
	var err error
	if branch.Chain.Heads, err = p.heads(b); err != nil {
		return nil, err
	}
	if p.Predict || !p.trained(b.Name) {
		return branch, nil
	}
	if branch.Loss, branch.ClassWeights, err = p.loss(s); err != nil {
		return nil, err
	}
	for _, v := range b.Views {
		if branch.Augment[v.Name], err = p.augmentations(b, v, s); err != nil {
			return nil, err
		}
	}
	p.Inputs[b.Name] = p.input(branch)
	return branch, nil
}

// heads makes the heads that a branch passes, save those that a branch before it has
// made. To use a model, the shared ones are made without the branch that they are of.
func (p *Pipeline) heads(b core.Branch) (heads []*model.StatefulModule, err error) {
	made := map[string]*model.StatefulModule{}
	for _, m := range p.Modules() {
		made[m.Name] = m
	}
	for _, h := range p.Plan.Heads(b) {
		m := made[h.Name()]
		if m == nil {
			c, err := p.head(h)
			if err != nil {
				return nil, err
			}
			m = &model.StatefulModule{Name: h.Name()}
			if m.Module, err = component[core.Module](p, c); err != nil {
				return nil, err
			}
		}
		heads = append(heads, m)
	}
	return heads, nil
}

// head returns what the spec says of a head.
func (p *Pipeline) head(h core.Head) (*spec.Component, error) {
	if s := p.Spec.Branch(h.Branch); s != nil && s.Heads[h.Key] != nil {
		return s.Heads[h.Key], nil
	}
	return nil, p.problem(p.Spec.Strategy, hint.With(fmt.Errorf("strategy %q uses %s of branch %q, which the spec "+
		"does not have", p.Spec.Strategy.Plugin, h.Key, h.Branch), "[branch.%s] needs it", h.Branch))
}

// trained reports whether a phase that the spec does not leave out has the branch.
func (p *Pipeline) trained(branch string) bool {
	return slices.ContainsFunc(p.Plan.Phases, func(phase core.Phase) bool {
		s := p.Spec.Phase(phase.Name)
		return s != nil && s.Epochs > 0 && slices.Contains(phase.Branches, branch)
	})
}

// augmentations makes and plans the augmentations of a view, and warns of those that
// spoil what the branch's target depends on.
func (p *Pipeline) augmentations(b core.Branch, v core.View, s *spec.BranchTable) ([]core.Augmentation, error) {
	if !v.Augment {
		return nil, nil
	}
	var chain []core.Augmentation
	for _, c := range s.Augmentations(v.Name) {
		augmentation, err := component[core.Augmentation](p, c)
		if err != nil {
			return nil, err
		}
		plan, err := augmentation.Plan(core.AugmentationInput{Size: p.Spec.Data.Size})
		if err != nil {
			return nil, p.problem(c, err)
		}
		p.warnOfSpoiling(b, c, plan)
		chain = append(chain, augmentation)
	}
	return chain, nil
}

func (p *Pipeline) warnOfSpoiling(b core.Branch, c *spec.Component, plan core.AugmentationPlan) {
	for _, destroyed := range plan.Destroys {
		for _, read := range b.Reads {
			if destroyed == read {
				p.Warnings = append(p.Warnings, spec.Problem{Pos: c.Pos,
					Message: "augmentation \"" + c.Plugin + "\" destroys the " + string(read) + " that branch \"" +
						b.Name + "\" has to predict",
					Hint: "take it out of this branch: it makes some of the targets wrong"})
			}
		}
	}
}

// input makes what prepares the batches of a branch.
func (p *Pipeline) input(branch *model.Branch) *input.Pipeline {
	key := p.root.Of("branch").Of(model.StreamName(branch.Name))
	in := &input.Pipeline{
		Branch: branch, Loader: p.Loader, Strategy: p.Strategy,
		Sampler: data.Sampler{Data: p.source(branch.Source), Order: key.Of("order"), Augment: key.Of("augment"),
			Batch: branch.Batch, Frames: branch.Frames},
	}
	if p.Spec.Branch(branch.Name).Sampler == spec.BalancedSampler {
		in.Sampler.Balance = data.NewBalance(in.Sampler.Data)
	}
	if c := p.Spec.FeatureCache; c != nil {
		in.Sampler.Variants = c.Variants
	}
	return in
}
