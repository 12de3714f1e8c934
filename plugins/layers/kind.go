package layers

import (
	"strings"

	"montage/core"
	"montage/core/graph"
)

// kind is a kind of layer that a spec can list.
type kind struct {
	name, doc string
	options   []core.Option
	// images and rows report whether it accepts [N,H,W,C] and [N,D].
	images, rows bool
	build        func(network, *graph.Node, fieldStep) *graph.Node
}

var (
	out = core.Option{Name: "out", Type: core.TypeInt, Min: new(1.0), Max: new(65536.0),
		Doc: "channels of the output"}
	stride = core.Option{Name: "stride", Type: core.TypeInt, Default: 1, Min: new(1.0), Max: new(4096.0),
		Doc: "pixels from one window to the next"}
	window = []core.Option{
		{Name: "size", Type: core.TypeInt, Default: 2, Min: new(1.0), Max: new(4096.0),
			Doc: "side of the square window in pixels"},
		{Name: "stride", Type: core.TypeInt, Default: 0, Min: new(0.0), Max: new(4096.0),
			Doc: "pixels from one window to the next; 0 means size"},
		{Name: "pad", Type: core.TypeInt, Default: 0, Min: new(0.0), Max: new(4096.0),
			Doc: "pixels added on each side, at most half of size"},
	}
)

// anywhere lists all kinds, rowsOnly those that a head can use.
var (
	anywhere = []kind{
		{name: "conv", doc: "convolution", images: true, build: network.conv, options: []core.Option{out,
			{Name: "size", Type: core.TypeInt, Default: 3, Min: new(1.0), Max: new(255.0),
				Doc: "side of the square window in pixels"},
			stride,
			{Name: "pad", Type: core.TypeInt, Default: -1, Min: new(-1.0), Max: new(255.0),
				Doc: "zeros added on each side; -1 means size/2, rounded down"},
			{Name: "bias", Type: core.TypeBool, Default: true,
				Doc: "whether a learned bias is added to each channel"},
		}},
		{name: "maxpool", doc: "maximum under each window", images: true, build: network.maxpool, options: window},
		{name: "avgpool", doc: "mean under each window, padding counting as zeros", images: true,
			build: network.avgpool, options: window},
		{name: "globalpool", doc: "mean over the pixels: images become rows", images: true, build: network.globalpool},
		{name: "flatten", doc: "all numbers of an image, row by row of pixels, as one row", images: true,
			build: network.flatten},
		linearKind, normKind, reluKind, dropoutKind, residualKind,
	}
	rowsOnly = []kind{linearKind, normKind, reluKind, dropoutKind, residualKind}
)

var (
	linearKind = kind{name: "linear", doc: "fully connected layer", rows: true, build: network.linear,
		options: []core.Option{
			{Name: "out", Type: core.TypeInt, Default: 0, Min: new(0.0), Max: new(65536.0),
				Doc: "width of the output; in a head, 0 means what the branch needs"},
		}}
	normKind = kind{name: "batchnorm", doc: "batch normalisation by channel, with torch's defaults", images: true,
		rows: true, build: network.norm}
	reluKind = kind{name: "relu", doc: "max(x, 0)", images: true, rows: true,
		build: func(_ network, x *graph.Node, _ fieldStep) *graph.Node { return graph.ReLU(x) }}
	dropoutKind = kind{name: "dropout", doc: "drops values at random in training", images: true, rows: true,
		options: []core.Option{{Name: "p", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(0.99),
			Doc: "probability that a value is dropped"}},
		build: func(_ network, x *graph.Node, s fieldStep) *graph.Node {
			return graph.Dropout(x, float32(s.values["p"].(float64)))
		}}
	residualKind = kind{name: "residual",
		doc: "adds the input to the output of inner layers, without a norm or ReLU after; if the shapes differ, " +
			"the input passes a strided 1×1 convolution (for rows, a linear layer) without bias",
		images: true, rows: true, build: network.residual,
		options: []core.Option{{Name: "layers", Type: core.TypeTables, Doc: "the inner layers"}}}
)

func kindNames(kinds []kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// kindsDoc documents every kind with its keys.
func kindsDoc(kinds []kind) string {
	var parts []string
	for _, k := range kinds {
		part := k.name + " (" + k.doc
		for _, o := range k.options {
			part += "; " + o.Name + ": " + o.Doc
		}
		parts = append(parts, part+")")
	}
	return "Kinds: " + strings.Join(parts, ", ") + "."
}
