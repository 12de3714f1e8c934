// Package supervised is plain supervised training, the baseline of the other strategies.
package supervised

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "supervised",
	Doc: "Trains the classifier on labelled samples only. " +
		"Configure it in these tables of the spec. [phase.train] trains [branch.supervised]: a row is a sample, and " +
		"its target is the multi-hot labels.",
	Strategy: func(core.Values) (core.Strategy, error) { return supervised{}, nil },
}

type supervised struct{}

// Plan declares the only branch and its phase.
func (supervised) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	train := core.Phase{Name: "train", Doc: "labelled samples", Branches: []string{"supervised"}}
	return core.StrategyPlan{Branches: []core.Branch{supervised}, Phases: []core.Phase{train}, Predict: "supervised"},
		nil
}
