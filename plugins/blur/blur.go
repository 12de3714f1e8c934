// Package blur is the Gaussian blur augmentation.
package blur

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "blur",
	Doc: "Blurs a frame with probability p by a Gaussian of random width. " +
		"Pixels are uint8, 0 to 255; beyond its edge the frame is mirrored without repeating the edge. " +
		"The kernel has 2·⌊k·side/2⌋ + 1 pixels; if that is 1, frames are not changed. " +
		"Source: Chen et al. 2020 (SimCLR, arXiv:2002.05709), appendix A, and torchvision's gaussian_blur. " +
		"Differs: SimCLR's code pads with black; this mirrors, as torchvision does.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is blurred"},
		{Name: "sigma", Type: core.TypeFloats, Length: 2, Default: []float64{0.1, 2}, Min: new(0.01), Max: new(100.0),
			Doc: "least and greatest standard deviation, in pixels; drawn uniformly"},
		{Name: "kernel", Type: core.TypeFloat, Default: 0.1, Min: new(0.0), Max: new(1.0),
			Doc: "size k of the kernel, as a fraction of the frame's side"},
	},
	Augmentation: construct,
}

type blur struct {
	P      float64   `option:"p"`
	Sigma  []float64 `option:"sigma"`
	Kernel float64   `option:"kernel"`
}

func construct(values core.Values) (core.Augmentation, error) {
	b := blur{}
	values.Into(&b)
	if b.Sigma[0] > b.Sigma[1] {
		return nil, &core.OptionError{Path: "sigma",
			Problem: fmt.Sprintf("sigma = [%g, %g] has its least value last", b.Sigma[0], b.Sigma[1]),
			Hint:    fmt.Sprintf("write sigma = [%g, %g]", b.Sigma[1], b.Sigma[0])}
	}
	return b, nil
}

// Plan reports that blurring destroys no property.
func (blur) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply blurs the frames whose first draw is below p, each with its own width.
func (b blur) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		radius := int(b.Kernel * float64(f.Size) / 2)
		if float64(f.Key.Uniform(0)) >= b.P || radius == 0 {
			copy(f.Output, f.Pixels)
			return
		}
		// The conversion keeps processors from fusing, and so rounding, differently.
		sigma := b.Sigma[0] + float64((b.Sigma[1]-b.Sigma[0])*float64(f.Key.Uniform(1)))
		smooth(f.Output, f.Pixels, f.Size, gauss(radius, sigma))
	})
}
