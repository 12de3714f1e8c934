// Command balanced-focal is a plugin with one loss.
package main

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// component is what specs name balanced-focal.
var component = core.Component{
	Name: "balanced-focal",
	Doc: "The alpha-balanced binary focal loss (Lin et al. 2017, equation 5). Predictions are logits, targets " +
		"multi-hot. " +
		"Reduction: the sum over the columns, the mean over the rows, each row times its weight.",
	Options: []core.Option{
		{Name: "alpha", Type: core.TypeFloat, Default: 0.25, Min: new(0.0), Max: new(1.0),
			Doc: "weight of the ones; that of the zeros is 1-alpha"},
		{Name: "gamma", Type: core.TypeFloat, Default: 2.0, Min: new(0.0), Doc: "focusing on hard examples"},
	},
	Targets: []core.TargetKind{core.TargetMultiHot},
	Loss: func(options core.Values) (core.Loss, error) {
		f := focal{}
		options.Into(&f)
		return sdk.Loss(f.build), nil
	},
}

type focal struct {
	Alpha float64 `option:"alpha"`
	Gamma float64 `option:"gamma"`
}

func (f focal) build(_ *graph.Builder, in sdk.LossInput) *graph.Node {
	ones := f.half(in.Targets, in.Predictions, f.Alpha)
	zeros := f.half(graph.AddScalar(graph.Neg(in.Targets), 1), graph.Neg(in.Predictions), 1-f.Alpha)
	return graph.MeanAll(graph.Mul(graph.SumLast(graph.Add(ones, zeros)), in.Weights))
}

// half is the loss where the chosen are 1: -weight·(1-p)^gamma·log p, p the sigmoid of x.
func (f focal) half(chosen, x *graph.Node, weight float64) *graph.Node {
	focus := graph.Exp(graph.Scale(graph.Softplus(x), -float32(f.Gamma))) // log(1-p) = -softplus(x)
	return graph.Scale(graph.Mul(chosen, graph.Mul(focus, graph.Softplus(graph.Neg(x)))), float32(weight))
}

func main() { sdk.Serve("balanced-focal", "0.1.0", component) }
