// Package entropy is the entropy of the predictions, a loss that rewards confidence.
package entropy

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "entropy",
	Doc: "The entropy of the predicted probabilities, in nats; it needs no targets. " +
		"Predictions are logits of any size. Of the sigmoid, it is the mean over the classes of " +
		"-p·log p - (1-p)·log(1-p), at most log 2; of the softmax, it is -Σ p·log p, at most log K. " +
		"Reduction: the mean over the rows, each row times its weight. " +
		"Source: Grandvalet & Bengio 2004, \"Semi-supervised Learning by Entropy Minimization\", equation 5. " +
		"Differs: with the sigmoid, each class has its own entropy; the paper has only exclusive classes.",
	Options: []core.Option{
		{Name: "of", Type: core.TypeString, Default: "sigmoid", Choices: []string{"sigmoid", "softmax"},
			Doc: "sigmoid for classes that do not exclude each other, softmax for those that do"},
	},
	Targets: []core.TargetKind{core.TargetNone},
	Loss: func(values core.Values) (core.Loss, error) {
		e := entropy{}
		values.Into(&e)
		return sdk.Loss(e.build), nil
	},
}

type entropy struct {
	Of string `option:"of"`
}

// build: logits [R,K] give a scalar.
func (e entropy) build(_ *graph.Builder, in sdk.LossInput) *graph.Node {
	rows := graph.Scale(graph.SumLast(binary(in.Predictions)), 1/float32(in.Predictions.Size(1)))
	if e.Of == "softmax" {
		rows = graph.Neg(graph.SumLast(graph.Mul(graph.Softmax(in.Predictions), graph.LogSoftmax(in.Predictions))))
	}
	return graph.MeanAll(graph.Mul(rows, in.Weights))
}

// binary is p·softplus(-x) + (1-p)·softplus(x). No term is negative, so nothing cancels for
// p near 0 or 1.
func binary(x *graph.Node) *graph.Node {
	minus := graph.Neg(x)
	return graph.Add(graph.Mul(graph.Sigmoid(x), graph.Softplus(minus)),
		graph.Mul(graph.Sigmoid(minus), graph.Softplus(x)))
}
