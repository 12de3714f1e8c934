// Package mlp is the multilayer perceptron head: it pools the frames of a row and classifies
// them with fully connected layers.
package mlp

import (
	"fmt"
	"math"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the head to spec authors.
var Component = core.Component{
	Name: "mlp",
	Doc: "A multilayer perceptron on the pooled frames of each row: Linear, ReLU and Dropout for every hidden width, " +
		"then Linear. " +
		"Features float32 [N,D] become logits float32 [R,K]. Parameters are linear1.weight [out,in], linear1.bias " +
		"[out] and so on, initialised like torch.nn.Linear's, uniformly in ±1/√in.",
	Options: []core.Option{
		{Name: "hidden", Type: core.TypeInts, Default: []int{}, Min: new(1.0),
			Doc: "widths of the hidden layers, from input to output; an empty list makes the head linear"},
		{Name: "dropout", Type: core.TypeFloat, Default: 0.0, Min: new(0.0), Max: new(0.99),
			Doc: "probability that a hidden value is dropped in training; the others are scaled by 1/(1-p)"},
		{Name: "pool", Type: core.TypeString, Default: "mean", Choices: []string{"mean", "max"},
			Doc: "how the features of a row's frames are pooled"},
		{Name: "outputs", Type: core.TypeInt, Default: 0, Min: new(0.0),
			Doc: "width K of the output; 0 means what the branch needs"},
	},
	Head: func(values core.Values) (core.Module, error) {
		h := head{}
		values.Into(&h)
		return sdk.Head(h.build), nil
	},
}

type head struct {
	Hidden  []int   `option:"hidden"`
	Dropout float64 `option:"dropout"`
	Pool    string  `option:"pool"`
	Outputs int     `option:"outputs"`
}

func (h head) build(b *graph.Builder, in sdk.HeadInput) *graph.Node {
	outputs, err := h.outputs(in.Outputs)
	if err != nil {
		return b.Fail(err)
	}
	pool := graph.SegmentMean
	if h.Pool == "max" {
		pool = graph.SegmentMax
	}
	x := pool(in.Features, in.Offsets)
	for i, width := range h.Hidden {
		x = graph.ReLU(linear(b, x, i+1, width))
		x = graph.Dropout(x, float32(h.Dropout))
	}
	return linear(b, x, len(h.Hidden)+1, outputs)
}

// outputs returns the width that both the option and the branch accept.
func (h head) outputs(wanted int) (int, error) {
	switch {
	case h.Outputs == 0 && wanted == 0:
		return 0, &core.OptionError{Path: "outputs", Problem: "the branch leaves the width of the output open, " +
			"and outputs is 0",
			Hint: "set outputs to the width that the loss should see"}
	case h.Outputs != 0 && wanted != 0 && h.Outputs != wanted:
		return 0, &core.OptionError{Path: "outputs", Problem: fmt.Sprintf("outputs = %d, but the branch needs %d",
			h.Outputs, wanted),
			Hint: "leave outputs out"}
	}
	return max(h.Outputs, wanted), nil
}

func linear(b *graph.Builder, x *graph.Node, number, out int) *graph.Node {
	in := x.Size(1)
	init := core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(in))}
	name := fmt.Sprintf("linear%d.", number)
	w := b.Param(core.Param{Name: name + "weight", Shape: []int{out, in}, Init: init})
	bias := b.Param(core.Param{Name: name + "bias", Shape: []int{out}, Init: init, NoDecay: true})
	return graph.Linear(x, w, bias)
}
