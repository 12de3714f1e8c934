package synth

import (
	"image"
	"math"
	"math/rand/v2"
)

// colour is linear enough for cartoons: red, green and blue from 0 to 1.
type colour [3]float32

// hsv returns the colour of a hue, saturation and value, each from 0 to 1.
func hsv(hue, saturation, value float64) colour {
	var c colour
	for i, shift := range []float64{0, 2. / 3, 1. / 3} {
		ramp := math.Abs(6*wrap(hue+shift)-3) - 1
		c[i] = float32(value * (1 - saturation*(1-min(max(ramp, 0), 1))))
	}
	return c
}

// wrap brings a hue back to the circle.
func wrap(hue float64) float64 { return hue - math.Floor(hue) }

// times makes a colour brighter or darker.
func (c colour) times(f float64) colour {
	g := float32(f)
	return colour{c[0] * g, c[1] * g, c[2] * g}
}

// mix goes from c to d as t goes from 0 to 1.
func (c colour) mix(d colour, t float64) colour {
	g := float32(t)
	for i := range c {
		c[i] += (d[i] - c[i]) * g
	}
	return c
}

// canvas is a picture while it is painted.
type canvas struct {
	w, h   int
	pixels []colour
}

func newCanvas(w, h int) *canvas { return &canvas{w, h, make([]colour, w*h)} }

// patch calls paint for each pixel of the canvas in a rectangle, given by its
// corners in pixels, which may lie outside.
func (c *canvas) patch(x0, y0, x1, y1 float64, paint func(x, y int, pixel *colour)) {
	left, right := max(int(x0), 0), min(int(x1)+1, c.w)
	for y := max(int(y0), 0); y < min(int(y1)+1, c.h); y++ {
		for x := left; x < right; x++ {
			paint(x, y, &c.pixels[y*c.w+x])
		}
	}
}

// develop turns the canvas into an image, as a camera of some gain and noise does.
func (c *canvas) develop(into *image.RGBA, r *rand.Rand, gain, noise float64) {
	g, n := float32(255*gain), float32(255*noise/1024)
	for i, pixel := range c.pixels {
		bits := r.Uint64()
		for ch := range 3 {
			// The difference of two uniform draws: near enough to a bell, and cheap.
			grain := float32(int(bits&1023) - int(bits>>10&1023))
			bits >>= 20
			into.Pix[4*i+ch] = uint8(min(max(pixel[ch]*g+grain*n, 0), 255))
		}
		into.Pix[4*i+3] = 255
	}
}
