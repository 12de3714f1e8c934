// Package asymmetric is the asymmetric loss for multi-label classification. It reduces the
// weight of easy negatives, which dominate a long-tailed problem.
//
// Source: Ben-Baruch et al., "Asymmetric Loss For Multi-Label Classification",
// 2021 (arXiv:2009.14119), equations 4 to 7.
package asymmetric

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "asymmetric",
	Doc: "The asymmetric loss for multi-label classification, which reduces the weight of easy negatives. " +
		"With p the sigmoid of the logit, it is -(1-p)^gamma_pos·log p where the label is 1, and " +
		"-p_m^gamma_neg·log(1-p_m) with p_m = max(p-clip, 0) where the label is 0, both times the class's weight. " +
		"Predictions are logits of any size; targets are multi-hot. Reduction: the sum over the classes, then the " +
		"mean over the rows, each row times its weight. " +
		"Source: Ben-Baruch et al. 2021 (arXiv:2009.14119), equations 4 to 7. " +
		"Differs: the authors' code also sums over the rows, and stops the gradient at the factors with gamma; " +
		"the paper does neither. " +
		"Neither has weights of classes.",
	Options: []core.Option{
		{Name: "gamma_pos", Type: core.TypeFloat, Default: 1.0, Min: new(0.0), Max: new(20.0),
			Doc: "focusing exponent of the positive classes; 0 weighs all alike"},
		{Name: "gamma_neg", Type: core.TypeFloat, Default: 4.0, Min: new(0.0), Max: new(20.0),
			Doc: "focusing exponent of the negative classes; 0 weighs all alike"},
		{Name: "clip", Type: core.TypeFloat, Default: 0.05, Min: new(0.0), Max: new(0.99),
			Doc: "probability below which a negative class has no loss"},
		sdk.ClassWeights(),
	},
	Targets: []core.TargetKind{core.TargetMultiHot},
	Loss: func(values core.Values) (core.Loss, error) {
		a := asymmetric{}
		values.Into(&a)
		return sdk.Loss(a.build), nil
	},
}

type asymmetric struct {
	GammaPos     float64   `option:"gamma_pos"`
	GammaNeg     float64   `option:"gamma_neg"`
	Clip         float64   `option:"clip"`
	ClassWeights []float64 `option:"class_weights"`
}

// build: logits x [R,K] and labels y [R,K] give a scalar.
func (a asymmetric) build(b *graph.Builder, in sdk.LossInput) *graph.Node {
	x, y := in.Predictions, in.Targets
	negative := focused(graph.Neg(x), a.GammaNeg)
	if a.Clip > 0 {
		negative = a.shifted(x)
	}
	// y·L+ + (1-y)·L- = L- + y·(L+ - L-)
	each := graph.Add(negative, graph.Mul(y, graph.Sub(focused(x, a.GammaPos), negative)))
	each = sdk.PerClass(b, each, core.ClassWeights, a.ClassWeights)
	return graph.MeanAll(graph.Mul(graph.SumLast(each), in.Weights))
}

// focused returns -(1-p)^gamma·log p. It is computed as exp(-gamma·softplus(x))·softplus(-x),
// which neither overflows nor cancels and has a gradient at every logit.
func focused(x *graph.Node, gamma float64) *graph.Node {
	cost := graph.Softplus(graph.Neg(x))
	if gamma == 0 {
		return cost
	}
	return graph.Mul(graph.Exp(graph.Scale(graph.Softplus(x), float32(-gamma))), cost)
}

// tiny replaces p_m = 0, where a power below 1 has no derivative.
const tiny = 1e-30

// shifted returns -p_m^gamma_neg·log(1-p_m) for clip > 0. Then 1-p_m is min(1-p+clip, 1),
// which is never near 0, and 1-p is computed as sigmoid(-x), which does not cancel for p
// near 1.
func (a asymmetric) shifted(x *graph.Node) *graph.Node {
	m := float32(a.Clip)
	rest := graph.AddScalar(graph.Sigmoid(graph.Neg(x)), m)
	rest = graph.Neg(graph.ClampMin(graph.Neg(rest), -1))
	cost := graph.Neg(graph.Log(rest))
	if a.GammaNeg == 0 {
		return cost
	}
	pm := graph.ClampMin(graph.AddScalar(graph.Sigmoid(x), -m), tiny)
	return graph.Mul(graph.Pow(pm, a.GammaNeg), cost)
}
