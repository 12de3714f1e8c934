// Package supervised is the strategy that trains on labelled trailers alone.
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
	Doc: "Trains the genre classifier on the labelled trailers alone. " +
		"One phase, train, with one branch, genre: a row is a trailer, its target the multi-hot genres.",
	Strategy: func(core.Values) (core.Strategist, error) { return supervised{}, nil },
}

type supervised struct{}

// Program names the one branch.
func (supervised) Program(in core.StrategyInput) (core.Program, error) {
	genre := sdk.Genre(in)
	train := core.Phase{Name: "train", Doc: "labelled trailers", Branches: []string{"genre"}}
	return core.Program{Branches: []core.Branch{genre}, Phases: []core.Phase{train}, Predict: "genre"}, nil
}
