// Package solarize is the augmentation that inverts the bright values of a frame.
package solarize

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "solarize",
	Doc: "Inverts the bright values of a frame with probability p. " +
		"Pixels are uint8, 0 to 255; every channel value v of at least threshold becomes 255 - v. " +
		"Source: torchvision's RandomSolarize; BYOL (Grill et al. 2020, arXiv:2006.07733), appendix B, " +
		"uses it with p = 0.2 in the second of its two views and not in the first.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.2, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is changed"},
		{Name: "threshold", Type: core.TypeInt, Default: 128, Min: new(0.0), Max: new(256.0),
			Doc: "least channel value that is inverted; 256 inverts none"},
	},
	Augmentation: func(values core.Values) (core.Augmentation, error) {
		s := solarize{}
		values.Into(&s)
		return s, nil
	},
}

type solarize struct {
	P         float64 `option:"p"`
	Threshold int     `option:"threshold"`
}

// Plan reports that inverting destroys no property.
func (solarize) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply changes the frames whose first draw is below p.
func (s solarize) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		if float64(f.Key.Uniform(0)) < s.P {
			s.invert(f.Output, f.Pixels)
			return
		}
		copy(f.Output, f.Pixels)
	})
}

func (s solarize) invert(output, pixels []uint8) {
	output = output[:len(pixels)]
	for i, v := range pixels {
		if int(v) >= s.Threshold {
			v = 255 - v
		}
		output[i] = v
	}
}
