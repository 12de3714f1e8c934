// Package bce is the binary cross-entropy loss.
package bce

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "bce",
	Doc: "The binary cross-entropy, for each class independently. " +
		"It is -pos_weight·y·log p - (1-y)·log(1-p), with p the sigmoid of the logit, times the class's weight. " +
		"Predictions are logits of any size; targets are multi-hot, or probabilities in [0, 1]. " +
		"Reduction: the mean over the classes and over the rows, each row times its weight. " +
		"Source: torch.nn.BCEWithLogitsLoss, whose weight [K] is class_weights, and whose " +
		"pos_weight [K] is pos_weights.",
	Options: []core.Option{
		{Name: "pos_weight", Type: core.TypeFloat, Default: 1.0, Min: new(0.0), Max: new(1e6),
			Doc: "factor of the positive classes"},
		{Name: "pos_weights", Type: core.TypeFloats, Default: []float64{}, Min: new(0.0), Max: new(1e6),
			Doc: "factor of each class where it is positive, times pos_weight, in the order of the classes; " +
				"[] is 1 each"},
		sdk.ClassWeights(),
	},
	Targets: []core.TargetKind{core.TargetMultiHot},
	Loss: func(values core.Values) (core.Loss, error) {
		l := bce{}
		values.Into(&l)
		return sdk.Loss(l.build), nil
	},
}

type bce struct {
	PosWeight    float64   `option:"pos_weight"`
	PosWeights   []float64 `option:"pos_weights"`
	ClassWeights []float64 `option:"class_weights"`
}

// build: logits x [R,K] and labels y [R,K] give a scalar. It uses -log p = softplus(-x) and
// -log(1-p) = softplus(x), because they neither overflow nor cancel.
func (l bce) build(b *graph.Builder, in sdk.LossInput) *graph.Node {
	x, y := in.Predictions, in.Targets
	positive := graph.Scale(graph.Mul(y, graph.Softplus(graph.Neg(x))), float32(l.PosWeight))
	positive = sdk.PerClass(b, positive, "pos_weights", l.PosWeights)
	negative := graph.Mul(graph.AddScalar(graph.Neg(y), 1), graph.Softplus(x))
	each := sdk.PerClass(b, graph.Add(positive, negative), core.ClassWeights, l.ClassWeights)
	rows := graph.SumLast(each)
	return graph.Scale(graph.MeanAll(graph.Mul(rows, in.Weights)), 1/float32(x.Size(1)))
}
