// Package fixmatch is the strategy that labels unlabelled samples by the class
// classifier's own sure predictions.
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
	Doc: "Trains the classifier on labelled samples, and on unlabelled ones with its own sure predictions as labels: " +
		"what it says of a weakly augmented view is the target of a strongly augmented one. " +
		"One phase, joint, with the branches supervised and pseudo (both multi-hot); the views weak and strong of " +
		"pseudo " +
		"have augmentations of their own, [branch.pseudo.view.weak] and [branch.pseudo.view.strong]. " +
		"The branch pseudo uses the head of supervised: its table has none. " +
		"The weight of pseudo is the paper's λ_u, its batch the paper's μ·B. Give both optimizers one name, so that " +
		"one step follows both losses. " +
		"A class is sure where its probability, a sigmoid, is at least threshold or at most 1 - threshold; it then " +
		"becomes 1 or 0. " +
		"A row counts, with weight 1, where at least the part coverage of its classes is sure; a class of it that is " +
		"not keeps its probability as the target. " +
		"Source: Sohn et al. 2020 (arXiv:2001.07685). Differs: the paper has classes that exclude each other, one " +
		"softmax and one maximum to be sure of; " +
		"predictions on the weak view use running statistics of batch normalisation, not those of the batch.",
	Options: []core.Option{
		{Name: "threshold", Type: core.TypeFloat, Default: 0.95, Min: new(0.5), Max: new(1.0),
			Doc: "probability τ from which a class is sure; 1 trusts nothing"},
		{Name: "coverage", Type: core.TypeFloat, Default: 0.9, Min: new(0.0), Max: new(1.0),
			Doc: "part of the classes that must be sure for a row to count"},
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "what is labelled as a whole in the pseudo branch"},
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

// Program names the branches and the phase that trains both.
func (s fixMatch) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	pseudo := core.Branch{
		Name:   "pseudo",
		Doc:    "predicts of an unlabelled sample, strongly augmented, what is sure of it weakly augmented",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "weak", Augment: true, NoGradient: true}, {Name: "strong", Augment: true}},
		Target: core.TargetMultiHot, Origin: core.FromOutputs, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples, step by step",
		Branches: []string{supervised.Name, pseudo.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, pseudo}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}
