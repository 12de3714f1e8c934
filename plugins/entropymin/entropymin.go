// Package entropymin is the strategy that asks the classifier to be sure on
// unlabelled samples.
//
// Source: Grandvalet and Bengio, "Semi-supervised Learning by Entropy
// Minimization", NIPS 2004, equation 6.
package entropymin

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "entropy-min",
	Doc: "Trains the classifier on labelled samples, and asks it to be sure on unlabelled ones. " +
		"One phase, joint, with the branches supervised (multi-hot) and certainty (no targets, loss entropy). " +
		"The branch certainty uses the head of supervised: its table has none. " +
		"The weight of certainty is the paper's λ. Give both optimizers one name, so that one step follows both " +
		"losses. " +
		"Source: Grandvalet & Bengio 2004. Differs: the paper's criterion is a sum over all examples of logistic " +
		"regression; " +
		"this one is taken batch by batch, for classes that need not exclude each other.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "what the classifier is to be sure of"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := entropyMin{}
		values.Into(&s)
		return s, nil
	},
}

type entropyMin struct {
	Unit string `option:"unit"`
}

// Program names the branches and the phase that trains both.
func (s entropyMin) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	certainty := core.Branch{
		Name: "certainty", Doc: "asks the classifier to be sure on unlabelled samples",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "image", Augment: true}},
		Target: core.TargetNone, Origin: core.FromNothing, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples, step by step",
		Branches: []string{supervised.Name, certainty.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, certainty}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}
