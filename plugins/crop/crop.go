// Package crop is the random resized crop augmentation.
package crop

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
	Name: "crop",
	Doc: "Crops a random rectangle and resizes it to the frame's size. " +
		"Pixels are uint8, 0 to 255, interpolated bilinearly. Area and aspect ratio (width over height) are drawn as " +
		"in Inception: " +
		"the area uniformly, the ratio uniformly in its logarithm, at most ten times until the rectangle fits; " +
		"after that, the largest central rectangle of an allowed ratio is used. Source: torchvision's " +
		"RandomResizedCrop, " +
		"with the ranges of Chen et al. 2020 (SimCLR, arXiv:2002.05709), appendix A. Differs: frames are already " +
		"square, so the ratio is relative to the square; there is no antialiasing, " +
		"because a crop is never larger than the frame.",
	Options: []core.Option{
		{Name: "scale", Type: core.TypeFloats, Length: 2, Default: []float64{0.08, 1}, Min: new(0.0001), Max: new(1.0),
			Doc: "least and greatest area of the rectangle, as fractions of the frame's"},
		{Name: "ratio", Type: core.TypeFloats, Length: 2, Default: []float64{3.0 / 4, 4.0 / 3}, Min: new(0.1),
			Max: new(10.0),
			Doc: "least and greatest aspect ratio of the rectangle, width over height"},
	},
	Augmentation: construct,
}

type crop struct {
	Scale []float64 `option:"scale"`
	Ratio []float64 `option:"ratio"`
}

func construct(values core.Values) (core.Augmentation, error) {
	c := crop{}
	values.Into(&c)
	for _, err := range []error{ordered("scale", c.Scale), ordered("ratio", c.Ratio)} {
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func ordered(name string, bounds []float64) error {
	if bounds[0] <= bounds[1] {
		return nil
	}
	return &core.OptionError{Path: name,
		Problem: fmt.Sprintf("%s = [%g, %g] has its least value last", name, bounds[0], bounds[1]),
		Hint:    fmt.Sprintf("write %s = [%g, %g]", name, bounds[1], bounds[0])}
}

// Plan reports that cropping destroys no property: up stays up, and left stays left.
func (crop) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply crops every frame to its own rectangle.
func (c crop) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		enlarge(f.Output, f.Pixels, f.Size, c.draw(f.Key, f.Size))
	})
}
