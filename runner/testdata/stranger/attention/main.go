// Command attention-pool is a plugin with one head.
package main

import (
	"math"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// component is what specs name attention-pool.
var component = core.Component{
	Name: "attention-pool",
	Doc: "A linear layer on a weighted mean of a row's frames. A frame's weight is the softmax, over the frames of " +
		"its row, " +
		"of a learned score. Features float32 [N,D] become logits float32 [R,K], K being what the branch needs, or 1.",
	Head: func(core.Values) (core.Module, error) { return sdk.Head(attention), nil },
}

func attention(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	weights := graph.SegmentSoftmax(linear(b, "score", in.Features, 1), in.Offsets)
	rows := graph.SegmentSum(graph.Mul(in.Features, weights), in.Offsets)
	return linear(b, "last", rows, max(in.Outputs, 1))
}

// linear declares the parameters of a layer where they are used.
func linear(b *graph.Builder, name string, x *graph.Node, outputs int) *graph.Node {
	inputs := x.Size(1)
	init := core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(inputs))}
	w := b.Param(core.Param{Name: name + ".weight", Shape: []int{outputs, inputs}, Init: init})
	bias := b.Param(core.Param{Name: name + ".bias", Shape: []int{outputs}, Init: init, NoDecay: true})
	return graph.Linear(x, w, bias)
}

func main() { sdk.Serve("attention-pool", "0.1.0", component) }
