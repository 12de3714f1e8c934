package example

import (
	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// MeanColor is the smallest backbone: a frame's features are its mean colour.
var MeanColor = core.Component{
	Name: "meancolor",
	Doc: "The mean colour of a frame, times a learned factor for each channel. " +
		"Frames uint8 [N,Size,Size,3] become features float32 [N,3], in [0, 1] before training.",
	Backbone: func(core.Values) (core.Module, error) { return sdk.Backbone(meanColor), nil },
}

func meanColor(b *graph.Builder, frames *graph.Node) *graph.Node {
	pixels := graph.Normalize(frames, [3]float32{}, [3]float32{1, 1, 1}) // 0 to 1
	gain := b.Param(core.Param{Name: "gain", Shape: []int{3}, Init: core.Init{Kind: "constant", Value: 1}})
	return graph.Mul(graph.GlobalAvgPool(pixels), gain)
}
