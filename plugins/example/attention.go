package example

import (
	"math"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Attention is a head that learns which of a row's frames matter.
var Attention = core.Component{
	Name: "attention",
	Doc: "Attention pooling of a row's frames, then a linear layer. " +
		"A frame's weight is the softmax of a learned score over the frames of its row. " +
		"Features float32 [N,D] become logits float32 [R,K]; K is what the branch needs, or 1.",
	Head: func(core.Values) (core.Module, error) { return sdk.Head(attention), nil },
}

func attention(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	weights := graph.SegmentSoftmax(linear(b, "score", in.Features, 1), in.Offsets) // [N,1]
	rows := graph.SegmentSum(graph.Mul(in.Features, weights), in.Offsets)
	return linear(b, "linear", rows, max(in.Outputs, 1))
}

func linear(b *graph.Builder, name string, x *graph.Node, outputs int) *graph.Node {
	d := x.Size(1)
	init := core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(d))}
	w := b.Param(core.Param{Name: name + ".weight", Shape: []int{outputs, d}, Init: init})
	bias := b.Param(core.Param{Name: name + ".bias", Shape: []int{outputs}, Init: init, NoDecay: true})
	return graph.Linear(x, w, bias)
}
