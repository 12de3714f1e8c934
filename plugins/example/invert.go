package example

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Invert is a small augmentation with an option: a photographic negative.
var Invert = core.Component{
	Name: "invert",
	Doc:  "Inverts a frame with probability p. Pixels are uint8, 0 to 255; v becomes 255 - v.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is inverted"},
	},
	Augmentation: func(values core.Values) (core.Augmentation, error) {
		i := invert{}
		values.Into(&i)
		return i, nil
	},
}

type invert struct {
	P float64 `option:"p"`
}

// Plan reports that inverting destroys no property.
func (invert) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply inverts the frames whose first draw is below p.
func (i invert) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		copy(f.Output, f.Pixels)
		if float64(f.Key.Uniform(0)) >= i.P {
			return
		}
		for k, v := range f.Output {
			f.Output[k] = 255 - v
		}
	})
}
