// Command focal is a plugin with one loss.
package main

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

func main() {
	sdk.Serve("focal", "1.0.0", core.Component{
		Name: "focal",
		Doc: "The binary focal loss (Lin et al. 2017, equation 4). Predictions are logits, targets multi-hot. " +
			"Reduction: the sum over the classes, the mean over the rows, each row times its weight.",
		Options: []core.Option{{Name: "gamma", Type: core.TypeFloat, Default: 2.0, Min: new(0.0),
			Doc: "focusing on hard examples"}},
		Targets: []core.TargetKind{core.TargetMultiHot},
		Loss: func(v core.Values) (core.Loss, error) {
			gamma := float32(v["gamma"].(float64))
			return sdk.Loss(func(_ *graph.Builder, in sdk.LossInput) *graph.Node {
				// The logit of the true answer: x where the target is 1, -x where it is 0.
				sign := graph.AddScalar(graph.Scale(in.Targets, 2), -1)
				x := graph.Mul(sign, in.Predictions)
				// (1-p)^gamma = exp(-gamma·softplus(x)), and -log p = softplus(-x).
				focus := graph.Exp(graph.Scale(graph.Softplus(x), -gamma))
				each := graph.Mul(focus, graph.Softplus(graph.Neg(x)))
				return graph.MeanAll(graph.Mul(graph.SumLast(each), in.Weights))
			}), nil
		},
	})
}
