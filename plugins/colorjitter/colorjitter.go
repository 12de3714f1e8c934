// Package colorjitter is the augmentation that changes brightness, contrast,
// saturation and hue of a frame.
package colorjitter

import (
	"context"

	"montage/core"
	"montage/core/rng"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "color-jitter",
	Doc: "Changes brightness, contrast, saturation and hue of a frame in random order, with probability p. " +
		"Pixels are uint8, 0 to 255, and are rounded down after each change. " +
		"The first three blend the frame with black, with its mean grey, and with its greyscale version: " +
		"the frame's factor is uniform in [max(0, 1-x), 1+x], where x is the option. " +
		"Hue rotates the colours by a fraction of the colour circle, uniform in [-x, x]. Source: torchvision's " +
		"ColorJitter, " +
		"with the strengths of Chen et al. 2020 (SimCLR, arXiv:2002.05709), appendix A: 0.8, 0.8, 0.8 and 0.2 times " +
		"s, here with s = 1. " +
		"Differs: SimCLR's code multiplies float pixels by the brightness, in TensorFlow, without rounding.",
	Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.8, Min: new(0.0), Max: new(1.0),
			Doc: "probability that a frame is changed"},
		{Name: "brightness", Type: core.TypeFloat, Default: 0.8, Min: new(0.0), Max: new(10.0),
			Doc: "greatest change of the brightness factor: 0.8 means 0.2 to 1.8"},
		{Name: "contrast", Type: core.TypeFloat, Default: 0.8, Min: new(0.0), Max: new(10.0),
			Doc: "greatest change of the contrast factor"},
		{Name: "saturation", Type: core.TypeFloat, Default: 0.8, Min: new(0.0), Max: new(10.0),
			Doc: "greatest change of the saturation factor"},
		{Name: "hue", Type: core.TypeFloat, Default: 0.2, Min: new(0.0), Max: new(0.5),
			Doc: "greatest rotation of the hue, as a fraction of the colour circle"},
	},
	Augmentation: func(values core.Values) (core.Augmentation, error) {
		j := jitter{}
		values.Into(&j)
		return j, nil
	},
}

type jitter struct {
	P          float64 `option:"p"`
	Brightness float64 `option:"brightness"`
	Contrast   float64 `option:"contrast"`
	Saturation float64 `option:"saturation"`
	Hue        float64 `option:"hue"`
}

// Plan reports that colour changes destroy no property.
func (jitter) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

// Apply changes the frames whose first draw is below p.
func (j jitter) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		copy(f.Output, f.Pixels)
		if float64(f.Key.Uniform(0)) >= j.P {
			return
		}
		for _, change := range j.draw(f.Key) {
			change(f.Output)
		}
	})
}

// draw returns the changes of a frame in order. Draws 1 to 4 of the key determine their
// sizes, draws 5 to 7 their order.
func (j jitter) draw(key rng.Key) []func([]uint8) {
	factor := func(x float64, i uint64) float64 { return between(max(0, 1-x), 1+x, key.Uniform(i)) }
	changes := []func([]uint8){
		func(pixels []uint8) { brighten(pixels, factor(j.Brightness, 1)) },
		func(pixels []uint8) { contrast(pixels, factor(j.Contrast, 2)) },
		func(pixels []uint8) { saturate(pixels, factor(j.Saturation, 3)) },
		func(pixels []uint8) { turn(pixels, between(-j.Hue, j.Hue, key.Uniform(4))) },
	}
	for i := range uint64(3) { // Fisher and Yates
		other := i + uint64(key.Uniform(5+i)*float32(4-i))
		changes[i], changes[other] = changes[other], changes[i]
	}
	return changes
}

func between(least, greatest float64, u float32) float64 {
	// The conversion keeps processors from fusing, and so rounding, differently.
	return least + float64((greatest-least)*float64(u))
}
