// Package mse is the mean squared error of outputs, or of their probabilities.
package mse

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "mse",
	Doc: "The mean squared error between predictions and targets, or between their probabilities. " +
		"Predictions and targets are vectors of numbers, such as logits; of says whether their sigmoid or softmax is " +
		"taken first. " +
		"Reduction: the mean over the columns and over the rows, each row times its weight. " +
		"Source: torch.nn.MSELoss; with probabilities the consistency cost of Tarvainen & Valpola 2017 (Mean " +
		"Teacher, arXiv:1703.01780), section 2. " +
		"Differs: the paper has no sigmoid, which is for classes that do not exclude each other.",
	Options: []core.Option{
		{Name: "of", Type: core.TypeString, Default: "outputs", Choices: []string{"outputs", "sigmoid", "softmax"},
			Doc: "what is compared: the outputs themselves, or their sigmoid or softmax"},
	},
	Targets: []core.TargetKind{core.TargetVector},
	Loss: func(values core.Values) (core.Loss, error) {
		m := mse{}
		values.Into(&m)
		return sdk.Loss(m.build), nil
	},
}

type mse struct {
	Of string `option:"of"`
}

// build: outputs [R,K] and targets [R,K] give a scalar.
func (m mse) build(_ *graph.Builder, in sdk.LossInput) *graph.Node {
	of := map[string]func(*graph.Node) *graph.Node{
		"outputs": func(x *graph.Node) *graph.Node { return x }, "sigmoid": graph.Sigmoid, "softmax": graph.Softmax,
	}[m.Of]
	rows := graph.SumLast(graph.Square(graph.Sub(of(in.Predictions), of(in.Targets))))
	return graph.Scale(graph.MeanAll(graph.Mul(rows, in.Weights)), 1/float32(in.Predictions.Size(1)))
}
