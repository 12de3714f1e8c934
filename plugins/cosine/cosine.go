// Package cosine is the cosine distance between predictions and target vectors.
package cosine

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "cosine",
	Doc: "The squared distance between a normalised prediction and its normalised target: 2 - 2·cos, from 0 to 4. " +
		"Predictions and targets are vectors of any length except 0. Reduction: the mean over the rows, each row " +
		"times its weight. " +
		"Source: Grill et al. 2020 (BYOL, arXiv:2006.07733), equation 2. " +
		"Differs: BYOL adds the losses of its two views; here the views are rows and are averaged, " +
		"so the value is half.",
	Targets: []core.TargetKind{core.TargetVector},
	Loss:    func(core.Values) (core.Loss, error) { return sdk.Loss(build), nil },
}

// build: vectors [R,K] and targets [R,K] give a scalar.
func build(_ *graph.Builder, in sdk.LossInput) *graph.Node {
	cosines := graph.SumLast(graph.Mul(graph.L2Normalize(in.Predictions), graph.L2Normalize(in.Targets)))
	rows := graph.AddScalar(graph.Scale(cosines, -2), 2)
	return graph.MeanAll(graph.Mul(rows, in.Weights))
}
