// Package ntxent is the contrastive loss of SimCLR: the normalised temperature-scaled
// cross-entropy.
package ntxent

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the loss to spec authors.
var Component = core.Component{
	Name: "nt-xent",
	Doc: "The normalised temperature-scaled cross-entropy, the contrastive loss of SimCLR. " +
		"For an anchor i with partner j it is -log(exp(s_ij/τ) / Σ_{k≠i} exp(s_ik/τ)), with s the cosine similarity " +
		"and τ the temperature. " +
		"Predictions are vectors of any length from two views: rows i and i + R/2 are partners, all others are " +
		"negatives. There are no targets. " +
		"Reduction: the mean over all R anchors, each times its weight. " +
		"Source: Chen et al. 2020 (arXiv:2002.05709), equation 1 and algorithm 1. " +
		"Differs: the negatives are those of one batch on one machine.",
	Options: []core.Option{
		{Name: "temperature", Type: core.TypeFloat, Default: 0.5, Min: new(0.01), Max: new(100.0),
			Doc: "τ, the divisor of similarities; the paper finds 0.1 best for batches of thousands and 0.5 for " +
				"small images"},
	},
	Targets: []core.TargetKind{core.TargetNone},
	Loss: func(values core.Values) (core.Loss, error) {
		n := ntXent{}
		values.Into(&n)
		return sdk.Loss(n.build), nil
	},
}

type ntXent struct {
	Temperature float64 `option:"temperature"`
}

// self replaces a row's similarity to itself. Its exponential is 0.
const self = -1e9

// build: vectors [R,K] give a scalar. LogSumExp subtracts the greatest term first, so that no
// temperature overflows.
func (n ntXent) build(b *graph.Builder, in sdk.LossInput) *graph.Node {
	if in.Views != 2 {
		return b.Fail(fmt.Errorf("nt-xent compares 2 views, but the branch has %d with a gradient", in.Views))
	}
	z := graph.L2Normalize(in.Predictions)
	similarity := func(s *graph.Node) *graph.Node { return graph.Scale(s, float32(1/n.Temperature)) }
	all := similarity(graph.MatMul(z, z, false, true))
	partner := similarity(graph.SumLast(graph.Mul(z, graph.RollRows(z, 2))))
	rows := graph.Sub(graph.LogSumExp(graph.DiagonalMask(all, self)), partner)
	return graph.MeanAll(graph.Mul(rows, in.Weights))
}
