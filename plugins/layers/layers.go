// Package layers serves a backbone and a head whose layers a spec lists, so that small models
// need no code.
//
//	[backbone]
//	plugin = "layers"
//	layers = [
//	  { kind = "conv", out = 16, stride = 2 }, { kind = "batchnorm" }, { kind = "relu" },
//	  { kind = "residual", layers = [{ kind = "conv", out = 16 }, { kind = "relu" }] },
//	  { kind = "globalpool" },
//	]
package layers

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Backbone, Head}

var list = core.Option{Name: "layers", Type: core.TypeTables,
	Doc: "the layers from input to output, each a table with its kind: " + kindNames(anywhere)}

var trainable = core.Option{Name: "trainable", Type: core.TypeInt, Default: 0, Min: new(0.0),
	Doc: "index of the first trained layer, counting from 0; layers before it are frozen and use running " +
		"statistics; beyond the last index, none is trained"}

// Backbone describes the backbone to spec authors.
var Backbone = core.Component{
	Name: "layers",
	Doc: "A backbone whose layers the spec lists. Frames uint8 [N,Size,Size,3], scaled to [-1, 1], become " +
		"features float32 [N,D]: " +
		"globalpool, flatten or linear must turn images into rows. Weights start as in torch.nn's layers, uniform in " +
		"±1/√(inputs). " +
		kindsDoc(anywhere),
	Options: []core.Option{list, trainable},
	Backbone: func(values core.Values) (core.Module, error) {
		m := model{}
		values.Into(&m)
		steps, err := parse(m.Layers, location{path: "layers", kinds: anywhere})
		if err != nil {
			return nil, err
		}
		return sdk.Backbone(func(b *graph.Builder, frames *graph.Node) *graph.Node {
			pixels := graph.Normalize(frames, [3]float32{0.5, 0.5, 0.5}, [3]float32{0.5, 0.5, 0.5})
			return network{b: b, first: m.Trainable}.backbone(pixels, steps)
		}), nil
	},
}

// Head describes the head to spec authors.
var Head = core.Component{
	Name: "layers",
	Doc: "A head whose layers the spec lists, after pooling each row's frames. Features float32 [N,D] become logits " +
		"float32 [R,K]. " +
		kindsDoc(rowsOnly),
	Options: []core.Option{
		{Name: "layers", Type: core.TypeTables, Doc: "the layers after the pooling, each a table with its kind: " +
			kindNames(rowsOnly)},
		{Name: "pool", Type: core.TypeString, Default: "mean", Choices: []string{"mean", "max"},
			Doc: "how the features of a row's frames are pooled"},
		trainable,
	},
	Head: func(values core.Values) (core.Module, error) {
		m := headModel{}
		values.Into(&m)
		steps, err := parse(m.Layers, location{path: "layers", kinds: rowsOnly})
		if err != nil {
			return nil, err
		}
		return sdk.Head(func(b *graph.Builder, in sdk.HeadInput) *graph.Node {
			pool := graph.SegmentMean
			if m.Pool == "max" {
				pool = graph.SegmentMax
			}
			n := network{b: b, first: m.Trainable, outputs: in.Outputs}
			return n.head(pool(in.Features, in.Offsets), steps)
		}), nil
	},
}

type model struct {
	Layers    []map[string]any `option:"layers"`
	Trainable int              `option:"trainable"`
}

type headModel struct {
	Layers    []map[string]any `option:"layers"`
	Trainable int              `option:"trainable"`
	Pool      string           `option:"pool"`
}

// backbone builds all layers and checks that they end in rows of features.
func (n network) backbone(x *graph.Node, steps []fieldStep) *graph.Node {
	x = n.run(x, steps)
	if s := x.Shape(); len(s) == 4 {
		return n.b.Fail(&core.OptionError{Path: "layers", Problem: fmt.Sprintf("the layers end in images %v, not in "+
			"rows of features", s),
			Hint: `end with { kind = "globalpool" } or { kind = "flatten" }`})
	}
	return x
}

// head builds all layers and checks that they end in the width that the branch needs.
func (n network) head(x *graph.Node, steps []fieldStep) *graph.Node {
	x = n.run(x, steps)
	s := x.Shape()
	if n.outputs == 0 || len(s) != 2 || s[1].Size == n.outputs {
		return x
	}
	path := "layers"
	for _, each := range steps {
		if each.kind.name == "linear" {
			path = each.path + ".out"
		}
	}
	return n.b.Fail(&core.OptionError{Path: path, Problem: fmt.Sprintf("the layers end in %d outputs, but the branch "+
		"needs %d", s[1].Size, n.outputs),
		Hint: `end with { kind = "linear" } without out, which takes what the branch needs`})
}
