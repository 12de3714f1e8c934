package example

import (
	"math"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// First is the smallest head: a linear layer on the mean of a row's frames.
var First = core.Component{
	Name: "first",
	Doc: "Mean pooling of a row's frames, then a linear layer. " +
		"Features float32 [N,D] become logits float32 [R,K]; K is what the branch needs, or 1.",
	Head: func(core.Values) (core.Module, error) { return sdk.Head(first), nil },
}

func first(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	rows := graph.SegmentMean(in.Features, in.Offsets)
	d, k := rows.Size(1), max(in.Outputs, 1)
	init := core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(d))}
	w := b.Param(core.Param{Name: "linear.weight", Shape: []int{k, d}, Init: init})
	bias := b.Param(core.Param{Name: "linear.bias", Shape: []int{k}, Init: init, NoDecay: true})
	return graph.Linear(rows, w, bias)
}
