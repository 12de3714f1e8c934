// Package affine is the augmentation that rotates and scales frames about their
// centre.
package affine

import (
	"context"
	"fmt"
	"math"

	"montage/core"
	"montage/core/rng"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the augmentation to spec authors.
var Component = core.Component{
	Name: "affine",
	Doc: "Rotates and scales a frame about its centre by a random angle and factor, uniform for every frame. " +
		"Pixels are uint8, 0 to 255, interpolated bilinearly. Rotation is in degrees counter-clockwise; " +
		"a scale below 1 shrinks the content, one above 1 crops it. Source: torchvision's RandomAffine. " +
		"Differs: positive angles turn counter-clockwise; " +
		"the area outside is filled with the nearest pixel unless fill says black.",
	Options: []core.Option{
		{Name: "rotate", Type: core.TypeFloats, Length: 2, Default: []float64{0, 0}, Min: new(-180.0), Max: new(180.0),
			Doc: "least and greatest rotation, in degrees counter-clockwise"},
		{Name: "scale", Type: core.TypeFloats, Length: 2, Default: []float64{1, 1}, Min: new(0.05), Max: new(20.0),
			Doc: "least and greatest scale of the content"},
		{Name: "fill", Type: core.TypeString, Default: "edge", Choices: []string{"edge", "black"},
			Doc: "pixels outside the frame: edge repeats the nearest pixel, black is 0"},
	},
	Augmentation: construct,
}

type affine struct {
	Rotate []float64 `option:"rotate"`
	Scale  []float64 `option:"scale"`
	Fill   string    `option:"fill"`
}

func construct(values core.Values) (core.Augmentation, error) {
	a := affine{}
	values.Into(&a)
	for _, err := range []error{ordered("rotate", a.Rotate), ordered("scale", a.Scale)} {
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

func ordered(name string, bounds []float64) error {
	if bounds[0] <= bounds[1] {
		return nil
	}
	return &core.OptionError{Path: name,
		Problem: fmt.Sprintf("%s = [%g, %g] has its least value last", name, bounds[0], bounds[1]),
		Hint:    fmt.Sprintf("write %s = [%g, %g]", name, bounds[1], bounds[0])}
}

// Plan reports that orientation is destroyed if a rotation may exceed 45 degrees: then a
// frame can be nearer to another quarter turn than to its own.
func (a affine) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	if a.Rotate[0] < -45 || a.Rotate[1] > 45 {
		return core.AugmentationPlan{Destroys: []core.Property{core.Orientation}}, nil
	}
	return core.AugmentationPlan{}, nil
}

// Apply warps every frame by its own rotation and scale.
func (a affine) Apply(ctx context.Context, call core.AugmentationCall) error {
	return sdk.EachFrame(ctx, call, func(f sdk.Frame) {
		degrees, scale := between(a.Rotate, f.Key, 0), between(a.Scale, f.Key, 1)
		w := warp{size: f.Size, pixels: f.Pixels, black: a.Fill == "black"}
		w.turn(degrees, scale)
		w.run(f.Output)
	})
}

// between draws number i of a key, uniformly between two bounds.
func between(bounds []float64, key rng.Key, i uint64) float64 {
	// The conversion keeps processors from fusing, and so rounding, differently.
	return bounds[0] + float64((bounds[1]-bounds[0])*float64(key.Uniform(i)))
}

// radians is exact enough at multiples of 90 degrees: sine and cosine are within 2^-52 of
// whole numbers there, and turn rounds them to 2^-32.
func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
