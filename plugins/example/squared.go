package example

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Squared is the smallest loss: the squared distance to the target.
var Squared = core.Component{
	Name: "squared",
	Doc: "The squared error between predictions and targets. Predictions are plain numbers, neither logits nor " +
		"probabilities. " +
		"Reduction: the sum over the columns, then the mean over the rows, each row times its weight.",
	Targets: []core.TargetKind{core.TargetVector, core.TargetMultiHot, core.TargetOneHot},
	Loss:    func(core.Values) (core.Loss, error) { return sdk.Loss(squared), nil },
}

func squared(_ *graph.Builder, in sdk.LossInput) *graph.Node {
	rows := graph.SumLast(graph.Square(graph.Sub(in.Predictions, in.Targets)))
	return graph.MeanAll(graph.Mul(rows, in.Weights))
}
