// Package crossentropy is the categorical cross-entropy loss.
package crossentropy

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "cross-entropy",
	Doc: "The categorical cross-entropy of the softmax, for classes that exclude each other: -Σ y·log softmax(x). " +
		"Each class's part is times its weight. " +
		"Predictions are logits of any size; a target row is one-hot or a distribution. " +
		"Reduction: the mean over the rows, each row times its weight. " +
		"Source: torch.nn.CrossEntropyLoss with class probabilities, whose weight [K] is class_weights. " +
		"Differs: for targets that are numbers of classes, PyTorch divides by the sum of the rows' class weights " +
		"instead of by the number of rows; here, as with its class probabilities, a heavier class makes the loss " +
		"larger.",
	Options: []core.Option{
		{Name: "label_smoothing", Type: core.TypeFloat, Default: 0.0, Min: new(0.0), Max: new(1.0),
			Doc: "fraction of each target that is spread evenly over all classes"},
		sdk.ClassWeights(),
	},
	Targets: []core.TargetKind{core.TargetOneHot},
	Loss: func(values core.Values) (core.Loss, error) {
		c := crossEntropy{}
		values.Into(&c)
		return sdk.Loss(c.build), nil
	},
}

type crossEntropy struct {
	Smoothing    float64   `option:"label_smoothing"`
	ClassWeights []float64 `option:"class_weights"`
}

// build: logits [R,K] and targets [R,K] give a scalar.
func (c crossEntropy) build(b *graph.Builder, in sdk.LossInput) *graph.Node {
	targets := in.Targets
	if c.Smoothing > 0 {
		even := c.Smoothing / float64(targets.Size(1))
		targets = graph.AddScalar(graph.Scale(targets, float32(1-c.Smoothing)), float32(even))
	}
	targets = sdk.PerClass(b, targets, core.ClassWeights, c.ClassWeights)
	rows := graph.Neg(graph.SumLast(graph.Mul(targets, graph.LogSoftmax(in.Predictions))))
	return graph.MeanAll(graph.Mul(rows, in.Weights))
}
