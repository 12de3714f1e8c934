// Command cutout is a plugin with one augmentation.
package main

import (
	"context"
	"math"

	"montage/core"
	"montage/core/sdk"
)

// component is what specs name cutout.
var component = core.Component{
	Name: "cutout",
	Doc: "Fills a square with grey, 127, its centre anywhere in the frame (DeVries and Taylor 2017), so that a part " +
		"of it may lie outside. " +
		"Pixels are uint8, 0 to 255.",
	Options: []core.Option{
		{Name: "side", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(1.0),
			Doc: "side of the square, as a fraction of the frame's"},
	},
	Augmentation: func(options core.Values) (core.Augmentation, error) {
		a := augmenter{}
		options.Into(&a)
		return a, nil
	},
}

type augmenter struct {
	Side float64 `option:"side"`
}

// Plan says that nothing is destroyed that a target could depend on.
func (augmenter) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply fills a square of each frame.
func (a augmenter) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		copy(f.Output, f.Pixels)
		top, bottom := a.span(f, 0)
		left, right := a.span(f, 1)
		for y := top; y < bottom; y++ {
			row := f.Output[3*f.Size*y : 3*f.Size*(y+1)]
			for i := 3 * left; i < 3*right; i++ {
				row[i] = 127
			}
		}
	})
}

// span draws where the square begins and ends along an axis, cut at the frame's edges.
func (a augmenter) span(f sdk.Frame, draw uint64) (from, to int) {
	side := int(math.Round(a.Side * float64(f.Size)))
	from = int(f.Key.Uniform(draw)*float32(f.Size)) - side/2
	return max(from, 0), min(from+side, f.Size)
}

func main() { sdk.Serve("cutout", "0.1.0", component) }
