package synth

import (
	"math"
	"math/rand/v2"
)

// background paints the sky, its sun on the left, clouds, and the ground.
func (f *film) background(r *rand.Rand, horizon float64) {
	c := f.canvas
	height := float64(c.h)
	sunX, sunY := between(r, 0.05, 0.35)*float64(c.w), between(r, 0.05, 0.25)*height
	top, low := hsv(f.skyHue, 0.45, 0.95), hsv(f.skyHue-0.1, 0.2, 0.8)
	near, far := hsv(f.groundHue, 0.5, 0.32), hsv(f.groundHue, 0.35, 0.5)
	for y := range c.h {
		v := float64(y) / height
		line := c.pixels[y*c.w : (y+1)*c.w]
		if v < horizon {
			base := top.mix(low, v/horizon)
			for x := range line {
				dx, dy := (float64(x)-sunX)/height, (float64(y)-sunY)/height
				line[x] = base.mix(colour{1, 0.97, 0.8}, 0.8/(1+30*(dx*dx+dy*dy)))
			}
			continue
		}
		depth := (v - horizon) / (1 - horizon)
		// Furrows that come closer together towards the horizon.
		furrow := 1 - 0.12*math.Abs(math.Sin(6/(depth+0.12)))
		base := far.mix(near, depth).times(furrow)
		for x := range line {
			line[x] = base
		}
	}
	for range r.IntN(4) {
		f.cloud(r, horizon)
	}
}

// cloud paints a cloud: round above, flat below.
func (f *film) cloud(r *rand.Rand, horizon float64) {
	h := float64(f.canvas.h)
	x, y := between(r, 0, 1)*float64(f.canvas.w), between(r, 0.1, 0.8)*horizon*h
	wide := between(r, 0.1, 0.25) * h
	high := wide * between(r, 0.3, 0.5)
	f.canvas.patch(x-wide, y-high, x+wide, y, func(px, py int, pixel *colour) {
		if disc((float64(px)-x)/wide, (float64(py)-y)/high, 1) {
			*pixel = pixel.mix(colour{0.97, 0.97, 1}, 0.7)
		}
	})
}

// shadow falls to the right, away from the sun.
func (f *film) shadow(p prop) {
	h := float64(f.canvas.h)
	x, y := p.x*h, p.foot*h
	long, high := p.height*h, p.height*h*0.12
	f.canvas.patch(x-long*0.2, y-high, x+long, y+high, func(px, py int, pixel *colour) {
		if disc(((float64(px)-x)/long-0.4)/0.6, (float64(py)-y)/high, 1) {
			*pixel = pixel.times(0.55)
		}
	})
}

// object paints an actor, its left side in the sun.
func (f *film) object(p prop) {
	h := float64(f.canvas.h)
	x, y, high := p.x*h, p.foot*h, p.height*h
	half := high * 0.45
	one := hsv(p.motif.hue, p.saturation, 0.95)
	two := hsv(p.motif.other, p.saturation, 0.5)
	f.canvas.patch(x-half, y-high, x+half, y, func(px, py int, pixel *colour) {
		u, v := (float64(px)-x)/half, (y-float64(py))/high
		if v < 0 || math.Abs(u) > 1 || !p.motif.shape(u, v) {
			return
		}
		c := two
		if p.motif.texture(u, v) {
			c = one
		}
		*pixel = c.times(0.9 - 0.25*u)
	})
}
