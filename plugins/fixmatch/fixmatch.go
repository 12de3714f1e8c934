// Package fixmatch is FixMatch: supervised training plus pseudo-labels from the classifier's
// own confident predictions on unlabelled samples.
//
// Source: Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with
// Consistency and Confidence", 2020 (arXiv:2001.07685), equations 3 and 4.
package fixmatch

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "fixmatch",
	Doc: "Trains on labelled samples, and on unlabelled ones with confident predictions as pseudo-labels. " +
		"The prediction for a weakly augmented view is the target of a strongly augmented one. " +
		"Configure it in these tables of the spec. [phase.joint] trains [branch.supervised] and [branch.pseudo] " +
		"(both multi-hot) together; [branch.pseudo.view.weak] and [branch.pseudo.view.strong] hold the augmentations " +
		"of the two views. " +
		"The branch pseudo shares the head of supervised, so its table has no head. " +
		"The weight of pseudo is the paper's λ_u, its batch the paper's μ·B. Give both optimizers the same name, so " +
		"that one step follows both losses. " +
		"A class is confident if its probability, a sigmoid, is at least threshold or at most 1 - threshold; its " +
		"target is then 1 or 0, and otherwise the probability itself. " +
		"A row has weight 1 if at least the fraction coverage of its classes is confident, and weight 0 otherwise. " +
		"Source: Sohn et al. 2020 (arXiv:2001.07685). Differs: the paper has exclusive classes, one softmax and one " +
		"maximum that must be confident; " +
		"predictions on the weak view use running statistics in batch normalisation, not those of the batch.",
	Options: []core.Option{
		{Name: "threshold", Type: core.TypeFloat, Default: 0.95, Min: new(0.5), Max: new(1.0),
			Doc: "probability τ from which a class is confident; at 1, no class is"},
		{Name: "coverage", Type: core.TypeFloat, Default: 0.9, Min: new(0.0), Max: new(1.0),
			Doc: "fraction of the classes that must be confident for a row to count"},
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "whether a pseudo-label is for a whole sample or for a single frame"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := fixMatch{}
		values.Into(&s)
		return s, nil
	},
}

type fixMatch struct {
	Threshold float64 `option:"threshold"`
	Coverage  float64 `option:"coverage"`
	Unit      string  `option:"unit"`
}

// Plan declares the two branches and the phase that trains both.
func (s fixMatch) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	pseudo := core.Branch{
		Name: "pseudo", Doc: "predicts the pseudo-labels of unlabelled samples from a strongly augmented view",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "weak", Augment: true, NoGradient: true}, {Name: "strong", Augment: true}},
		Target: core.TargetMultiHot, Origin: core.FromOutputs, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples in every step",
		Branches: []string{supervised.Name, pseudo.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, pseudo}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}
