package example

import "montage/core"

// Plain is the smallest strategy: one phase of one branch, without augmentation.
var Plain = core.Component{
	Name: "plain",
	Doc: "Trains a classifier on labelled samples, without augmentation. " +
		"[phase.train] trains one branch, [branch.supervised].",
	Strategy: func(core.Values) (core.Strategy, error) { return plain{}, nil },
}

type plain struct{}

// Plan declares the branch and the phase. Their names are those of the spec's tables.
func (plain) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := core.Branch{
		Name: "supervised", Doc: "predicts the labels of a labelled sample",
		Source: core.Labeled, Unit: core.UnitSample, Views: []core.View{{Name: "image"}},
		Target: core.TargetMultiHot, Origin: core.FromLabels, Outputs: in.Classes,
	}
	train := core.Phase{Name: "train", Doc: "labelled samples", Branches: []string{supervised.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised}, Phases: []core.Phase{train},
		Predict: supervised.Name}, nil
}
