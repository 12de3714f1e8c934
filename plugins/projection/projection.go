// Package projection is the projection head of contrastive methods: a small network whose
// outputs are compared with each other.
package projection

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the head to spec authors.
var Component = core.Component{
	Name: "projection",
	Doc: "The projection head of contrastive methods, on the pooled frames of each row: Linear, BatchNorm and ReLU " +
		"for every hidden layer, then Linear and BatchNorm. " +
		"Features float32 [N,D] become vectors float32 [R,K] of any length: losses that compare directions " +
		"normalise them. " +
		"A Linear before a BatchNorm has no bias, and the last BatchNorm has no trained shift unless last is " +
		"hidden. " +
		"Parameters are linear1.weight [out,in], bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var [out] and " +
		"so on. " +
		"Training needs at least two rows. " +
		"Source: Chen et al. 2020 (SimCLR, arXiv:2002.05709), section 4.2, and its published code; three layers are " +
		"those of " +
		"SimCLR v2 (arXiv:2006.10029); batchnorm = \"hidden\" is the projector and predictor of BYOL " +
		"(arXiv:2006.07733). " +
		"Differs: weights are initialised like torch.nn.Linear's, uniformly in ±1/√in; " +
		"the untrained shift of zeros is part of the state.",
	Options: []core.Option{
		{Name: "layers", Type: core.TypeInt, Default: 2, Min: new(1.0), Max: new(8.0),
			Doc: "number of Linear layers, including the last one"},
		{Name: "hidden", Type: core.TypeInt, Default: 0, Min: new(0.0),
			Doc: "width of the hidden layers; 0 means that of the features"},
		{Name: "outputs", Type: core.TypeInt, Default: 128, Min: new(1.0), Doc: "width K of the vectors"},
		{Name: "batchnorm", Type: core.TypeString, Default: "all", Choices: []string{"all", "hidden", "none"},
			Doc: "which Linear layers are followed by a BatchNorm: all, all but the last, or none"},
		{Name: "last", Type: core.TypeString, Default: "output", Choices: []string{"output", "hidden"},
			Doc: "hidden makes the last layer like those before it, with a trained shift and ReLU, " +
				"for a head that is followed by another"},
		{Name: "pool", Type: core.TypeString, Default: "mean", Choices: []string{"mean", "max"},
			Doc: "how the features of a row's frames are pooled"},
	},
	Head: func(values core.Values) (core.Module, error) {
		p := projection{}
		values.Into(&p)
		return sdk.Head(p.build), nil
	},
}

type projection struct {
	Layers    int    `option:"layers"`
	Hidden    int    `option:"hidden"`
	Outputs   int    `option:"outputs"`
	BatchNorm string `option:"batchnorm"`
	Last      string `option:"last"`
	Pool      string `option:"pool"`
}

func (p projection) build(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	if in.Outputs != 0 && in.Outputs != p.Outputs {
		return b.Fail(&core.OptionError{Path: "outputs", Problem: fmt.Sprintf("outputs = %d, but the branch needs %d",
			p.Outputs, in.Outputs),
			Hint: fmt.Sprintf("write outputs = %d", in.Outputs)})
	}
	pool := graph.SegmentMean
	if p.Pool == "max" {
		pool = graph.SegmentMax
	}
	x := pool(in.Features, in.Offsets)
	hidden := p.Hidden
	if hidden == 0 {
		hidden = x.Size(1)
	}
	for number := range p.Layers - 1 {
		x = p.inner(hiddenLayer{b: b, number: number + 1, out: hidden}, x)
	}
	last := hiddenLayer{b: b, number: p.Layers, out: p.Outputs}
	if p.Last == "hidden" {
		return p.inner(last, x)
	}
	last.norm, last.last = p.BatchNorm == "all", true
	return last.build(x)
}

func (p projection) inner(l hiddenLayer, x *graph.Node) *graph.Node {
	l.norm = p.BatchNorm != "none"
	return graph.ReLU(l.build(x))
}
