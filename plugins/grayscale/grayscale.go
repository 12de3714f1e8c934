// Package grayscale is the augmentation that removes the colours of a frame.
package grayscale

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "grayscale",
	Doc: "Converts a frame to greyscale with probability p. " +
		"Pixels are uint8, 0 to 255; all three channels become 0.2989 R + 0.587 G + 0.114 B, rounded down, so that " +
		"white is 254. " +
		"Source: torchvision's RandomGrayscale, with the probability of Chen et al. 2020 (SimCLR, arXiv:2002.05709), " +
		"appendix A.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.2, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is converted"},
	},
	Augmentation: func(values core.Values) (core.Augmentation, error) {
		g := grayscale{}
		values.Into(&g)
		return g, nil
	},
}

type grayscale struct {
	P float64 `option:"p"`
}

// Plan reports that removing colours destroys no property.
func (grayscale) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply changes the frames whose first draw is below p.
func (g grayscale) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		if float64(f.Key.Uniform(0)) < g.P {
			grey(f.Output, f.Pixels)
			return
		}
		copy(f.Output, f.Pixels)
	})
}

// grey computes in integers what torchvision computes in float32.
func grey(output, pixels []uint8) {
	for i := 0; i+3 <= len(pixels) && i+3 <= len(output); i += 3 {
		r, g, b := uint32(pixels[i]), uint32(pixels[i+1]), uint32(pixels[i+2])
		v := uint8((2989*r + 5870*g + 1140*b) / 10000)
		output[i], output[i+1], output[i+2] = v, v, v
	}
}
