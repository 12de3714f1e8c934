// Package supervised is the strategy that trains on labelled samples alone.
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
	Doc: "Trains the classifier on the labelled samples alone. " +
		"One phase, train, with one branch, supervised: a row is a sample, its target the multi-hot labels.",
	Strategy: func(core.Values) (core.Strategy, error) { return supervised{}, nil },
}

type supervised struct{}

// Program names the one branch.
func (supervised) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	train := core.Phase{Name: "train", Doc: "labelled samples", Branches: []string{"supervised"}}
	return core.StrategyPlan{Branches: []core.Branch{supervised}, Phases: []core.Phase{train}, Predict: "supervised"},
		nil
}
