// Package resnet serves residual networks as backbones, with torchvision's architecture,
// parameter names and layouts, so that its weights load unchanged.
//
// Source: He et al., "Deep Residual Learning for Image Recognition", 2015
// (arXiv:1512.03385), in torchvision's version 1.5: the stride of a bottleneck is in its 3×3
// convolution.
package resnet

import (
	"slices"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{
	component("resnet18", architecture{blocks: [4]int{2, 2, 2, 2}}),
	component("resnet34", architecture{blocks: [4]int{3, 4, 6, 3}}),
	component("resnet50", architecture{blocks: [4]int{3, 4, 6, 3}, bottleneck: true}),
	component("resnet101", architecture{blocks: [4]int{3, 4, 23, 3}, bottleneck: true}),
}

// stages are the values of trainable that name a part of the network, from input to output.
// conv1 includes bn1.
var stages = []string{"conv1", "layer1", "layer2", "layer3", "layer4"}

func component(name string, a architecture) core.Component {
	return core.Component{
		Name: name,
		Doc: "The residual network " + name + " of torchvision, without its classifier. " +
			"Frames uint8 [N,Size,Size,3] of any size become float32 [N,D], the last feature maps averaged over the " +
			"pixels, with D = " + a.widthDoc() + ". " +
			"The network normalises frames with ImageNet's mean and standard deviation. " +
			"Names and layouts of the parameters are torchvision's. Source: He et al. 2015 (arXiv:1512.03385). " +
			"Differs: there is no num_batches_tracked, because nothing reads it.",
		Options: []core.Option{
			{Name: "trainable", Type: core.TypeString, Default: "all", Choices: append([]string{"all", "none"},
				stages...),
				Doc: "the first trained stage; everything before it is frozen, including batch statistics"},
			{Name: "batchnorm", Type: core.TypeString, Default: "batch", Choices: []string{"batch", "frozen"},
				Doc: "batch: trained stages use the statistics of the batch and update the running ones, as torch " +
					"does; frozen: running statistics are constants, which suits small batches and pretrained weights"},
			{Name: "width", Type: core.TypeInt, Default: 64, Min: new(1.0), Max: new(1024.0),
				Doc: "channels of the first stage; the other stages and D scale with it"},
		},
		Backbone: func(values core.Values) (core.Module, error) {
			o := options{}
			values.Into(&o)
			return sdk.Backbone(func(b *graph.Builder, frames *graph.Node) *graph.Node {
				n := network{b: b, architecture: a, options: o}
				return n.features(frames)
			}), nil
		},
	}
}

type options struct {
	Trainable string `option:"trainable"`
	Batchnorm string `option:"batchnorm"`
	Width     int    `option:"width"`
}

// trains reports whether a stage is trained.
func (o options) trains(stage string) bool {
	switch o.Trainable {
	case "all":
		return true
	case "none":
		return false
	}
	return slices.Index(stages, stage) >= slices.Index(stages, o.Trainable)
}
