package pipeline

import (
	"fmt"
	"slices"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/input"
	"montage/runner/model"
	"montage/runner/predict"
)

// branches makes the components of each branch, not planned yet.
func (a *Pipeline) branches() error {
	backbone, err := a.Plugins.Backbone(a.Spec.Backbone.Plugin, a.Spec.Backbone.Values)
	if err != nil {
		return a.problem(a.Spec.Backbone, err)
	}
	a.Backbone = &model.Module{Name: "backbone", Module: backbone}
	for _, b := range a.Plan.Branches {
		s, predicts := a.Spec.Branch(b.Name), b.Name == a.Plan.Predict
		if predicts && s == nil {
			return a.problem(a.Spec.Strategy, hint.With(fmt.Errorf("branch %q predicts the classes and has no table",
				b.Name), "[branch.%s] needs a head, though no phase trains it", b.Name))
		}
		if a.Predict && !predicts || !a.Predict && !a.trained(b.Name) && !predicts {
			continue
		}
		branch, err := a.branch(b, s)
		if err != nil {
			return err
		}
		a.Branches = append(a.Branches, branch)
	}
	predictive := a.Predictive()
	a.Predictor = &predict.Predictor{Chain: &predictive.Chain, Loader: a.Loader, Batch: a.Spec.Eval.Batch,
		Frames: a.Spec.Data.Frames}
	return nil
}

func (a *Pipeline) branch(b core.Branch, s *spec.BranchTable) (*engine.TrainedBranch, error) {
	branch := &engine.TrainedBranch{Objective: &model.Objective{
		Branch: b, Augment: map[string][]core.Augmentation{}, Weight: s.Weight, Batch: s.Batch,
		Frames: a.Spec.Data.Frames, Classes: len(a.Classes), Optimizer: s.Optimizer.Name,
	}}
	branch.Chain.Backbone = a.Backbone
	var err error
	if branch.Chain.Heads, err = a.heads(b); err != nil {
		return nil, err
	}
	if a.Predict || !a.trained(b.Name) {
		branch.Untrained = true
		return branch, nil
	}
	if branch.Loss, err = a.Plugins.Loss(s.Loss.Plugin, s.Loss.Values); err != nil {
		return nil, a.problem(s.Loss, err)
	}
	for _, v := range b.Views {
		if branch.Augment[v.Name], err = a.augment(b, v, s); err != nil {
			return nil, err
		}
	}
	a.feed(branch)
	return branch, nil
}

// heads makes the heads that a branch passes, save those that a branch before it has
// made. To use a model, the shared ones are made without the branch that they are of.
func (a *Pipeline) heads(b core.Branch) (heads []*model.Module, err error) {
	made := map[string]*model.Module{}
	for _, part := range a.Modules() {
		made[part.Name] = part
	}
	for _, h := range a.Plan.Heads(b) {
		part := made[h.Name()]
		if part == nil {
			c, err := a.head(h)
			if err != nil {
				return nil, err
			}
			part = &model.Module{Name: h.Name()}
			if part.Module, err = a.Plugins.Head(c.Plugin, c.Values); err != nil {
				return nil, a.problem(c, err)
			}
		}
		heads = append(heads, part)
	}
	return heads, nil
}

// head returns what the spec says of a head.
func (a *Pipeline) head(h core.Head) (*spec.Component, error) {
	if s := a.Spec.Branch(h.Branch); s != nil && s.Heads[h.Key] != nil {
		return s.Heads[h.Key], nil
	}
	return nil, a.problem(a.Spec.Strategy, hint.With(fmt.Errorf("strategy %q uses %s of branch %q, which the spec "+
		"does not have", a.Spec.Strategy.Plugin, h.Key, h.Branch), "[branch.%s] needs it", h.Branch))
}

// trained tells whether a phase that the spec does not leave out has the branch.
func (a *Pipeline) trained(branch string) bool {
	return slices.ContainsFunc(a.Plan.Phases, func(p core.Phase) bool {
		s := a.Spec.Phase(p.Name)
		return s != nil && s.Epochs > 0 && slices.Contains(p.Branches, branch)
	})
}

// augment makes and plans the augmentations of a view, and warns of those that
// spoil what the branch's target depends on.
func (a *Pipeline) augment(b core.Branch, v core.View, s *spec.BranchTable) (chain []core.Augmentation, err error) {
	if !v.Augment {
		return nil, nil
	}
	for _, c := range s.Augmentations(v.Name) {
		augmenter, err := a.Plugins.Augmentation(c.Plugin, c.Values)
		if err != nil {
			return nil, a.problem(c, err)
		}
		plan, err := augmenter.Plan(core.AugmentationInput{Size: a.Spec.Data.Size})
		if err != nil {
			return nil, a.problem(c, err)
		}
		a.warnOfSpoiling(b, c, plan)
		chain = append(chain, augmenter)
	}
	return chain, nil
}

func (a *Pipeline) warnOfSpoiling(b core.Branch, c *spec.Component, plan core.AugmentationPlan) {
	for _, destroyed := range plan.Destroys {
		for _, read := range b.Reads {
			if destroyed == read {
				a.Warnings = append(a.Warnings, spec.Problem{Pos: c.Pos,
					Message: "augmentation \"" + c.Plugin + "\" destroys the " + string(read) + " that branch \"" +
						b.Name + "\" has to predict",
					Hint: "take it out of this branch: it makes some of the targets wrong"})
			}
		}
	}
}

func (a *Pipeline) feed(branch *engine.TrainedBranch) {
	key := a.root.Of("branch").Of(model.StreamName(branch.Name))
	branch.Feed = &input.Pipeline{
		Branch: branch.Objective, Loader: a.Loader, Strategy: a.Strategy,
		Sampler: data.Sampler{Data: a.source(branch.Source), Order: key.Of("order"), Augment: key.Of("augment"),
			Batch: branch.Batch, Frames: branch.Frames},
	}
	if c := a.Spec.FeatureCache; c != nil {
		branch.Feed.Sampler.Variants = c.Variants
	}
	branch.Slots = [2]*input.Slot{{}, {}}
}
