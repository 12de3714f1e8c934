// Package mirror is the horizontal flip augmentation.
package mirror

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "mirror",
	Doc: "Flips a frame horizontally with probability p. " +
		"Pixels are uint8, 0 to 255; they only change position, so the result is exact.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.5, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is flipped"},
	},
	Augmentation: func(values core.Values) (core.Augmentation, error) {
		m := mirror{}
		values.Into(&m)
		return m, nil
	},
}

type mirror struct {
	P float64 `option:"p"`
}

// Plan reports that handedness is destroyed if any frame may be flipped.
func (m mirror) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	if m.P > 0 {
		return core.AugmentationPlan{Destroys: []core.Property{core.Handedness}}, nil
	}
	return core.AugmentationPlan{}, nil
}

// Apply flips the frames whose first draw is below p.
func (m mirror) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		copy(f.Output, f.Pixels)
		if float64(f.Key.Uniform(0)) < m.P {
			flip(f.Output, f.Size)
		}
	})
}

// flip reverses every row of a frame in place.
func flip(pixels []uint8, size int) {
	for y := range size {
		row := pixels[y*size*3 : (y+1)*size*3]
		for left, right := 0, (size-1)*3; left < right; left, right = left+3, right-3 {
			for c := range 3 {
				row[left+c], row[right+c] = row[right+c], row[left+c]
			}
		}
	}
}
