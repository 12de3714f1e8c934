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
	Doc: "Rotates and scales a frame about its centre, by an angle and a factor drawn uniformly for every frame. " +
		"Pixels are uint8, 0 to 255, interpolated bilinearly. Rotation is in degrees counter-clockwise; " +
		"a scale below 1 shrinks the content, one above 1 crops it. Source: torchvision's RandomAffine. " +
		"Differs: positive angles turn counter-clockwise; the area outside is filled with the nearest pixel unless " +
		"fill says black.",
	Options: []core.Option{
		{Name: "rotate", Type: core.TypeFloats, Length: 2, Default: []float64{0, 0}, Min: new(-180.0), Max: new(180.0),
			Doc: "least and greatest rotation, in degrees counter-clockwise"},
		{Name: "scale", Type: core.TypeFloats, Length: 2, Default: []float64{1, 1}, Min: new(0.05), Max: new(20.0),
			Doc: "least and greatest factor by which the content grows"},
		{Name: "fill", Type: core.TypeString, Default: "edge", Choices: []string{"edge", "black"},
			Doc: "what lies outside the frame: edge repeats the nearest pixel, black is 0"},
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

// Plan says that orientation is lost where a frame may end up nearer to another
// quarter turn than to its own.
func (a affine) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	if a.Rotate[0] < -45 || a.Rotate[1] > 45 {
		return core.AugmentationPlan{Destroys: []core.Property{core.Orientation}}, nil
	}
	return core.AugmentationPlan{}, nil
}

// Apply warps every frame by a rotation and a scale of its own.
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

// radians is exact at multiples of 90 degrees in what matters: sine and cosine
// are within 2^-52 of whole numbers there, and are rounded to 2^-32.
func radians(degrees float64) float64 { return degrees * math.Pi / 180 }
