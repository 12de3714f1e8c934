package example

import "montage/core"

// Plain is the least of strategies: one phase of one branch, on frames as they are.
var Plain = core.Component{
	Name: "plain",
	Doc: "Trains the genres on labelled trailers, without augmentation. " +
		"One phase, train, with one branch, genre.",
	Strategy: func(core.Values) (core.Strategist, error) { return plain{}, nil },
}

type plain struct{}

// Program names the branch and the phase.
func (plain) Program(in core.StrategyInput) (core.Program, error) {
	genre := core.Branch{
		Name: "genre", Doc: "predicts the genres of a labelled trailer",
		Source: core.Labeled, Unit: core.UnitTrailer, Views: []core.View{{Name: "image"}},
		Target: core.TargetMultiHot, Origin: core.FromLabels, Outputs: in.Classes,
	}
	train := core.Phase{Name: "train", Doc: "labelled trailers", Branches: []string{genre.Name}}
	return core.Program{Branches: []core.Branch{genre}, Phases: []core.Phase{train}, Predict: genre.Name}, nil
}
