// Package pool is the head without parameters: it pools the features of a row's frames.
package pool

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/hint"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the head to spec authors.
var Component = core.Component{
	Name: "pool",
	Doc: "Pools the features of each row's frames, without parameters. " +
		"Features float32 [N,D] become float32 [R,D]. " +
		"Use it behind a backbone that already ends in the classifier.",
	Options: []core.Option{
		{Name: "pool", Type: core.TypeString, Default: "mean", Choices: []string{"mean", "max"},
			Doc: "how the features of a row's frames are pooled"},
	},
	Head: func(values core.Values) (core.Module, error) {
		p := pool{}
		values.Into(&p)
		return sdk.Head(p.build), nil
	},
}

type pool struct {
	Pool string `option:"pool"`
}

func (p pool) build(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	if width := in.Features.Size(1); in.Outputs != 0 && in.Outputs != width {
		err := fmt.Errorf("%w: the backbone gives features of width D = %d, but the branch needs K = %d",
			core.ErrShape, width, in.Outputs)
		return b.Fail(hint.With(err, "let the backbone end in a linear layer of %d outputs, or choose a head with a "+
			"linear layer", in.Outputs))
	}
	if p.Pool == "max" {
		return graph.SegmentMax(in.Features, in.Offsets)
	}
	return graph.SegmentMean(in.Features, in.Offsets)
}
