// Package entropymin is entropy minimisation: supervised training that also makes predictions
// on unlabelled samples confident.
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
	Doc: "Trains on labelled samples and minimises the entropy of predictions on unlabelled ones. " +
		"Configure it in these tables of the spec. [phase.joint] trains [branch.supervised] (multi-hot) and " +
		"[branch.certainty] (no targets, loss entropy) together. " +
		"The branch certainty shares the head of supervised, so its table has no head. " +
		"The weight of certainty is the paper's λ. Give both optimizers the same name, so that one step follows both " +
		"losses. " +
		"Source: Grandvalet & Bengio 2004. Differs: the paper's criterion is a sum over all examples of logistic " +
		"regression; this one is computed batch by batch, for classes that need not exclude each other.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "whether the entropy is that of a sample's or of a single frame's prediction"},
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

// Plan declares the two branches and the phase that trains both.
func (s entropyMin) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	certainty := core.Branch{
		Name: "certainty", Doc: "minimises the entropy of predictions on unlabelled samples",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "image", Augment: true}},
		Target: core.TargetNone, Origin: core.FromNothing, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples in every step",
		Branches: []string{supervised.Name, certainty.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, certainty}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}
