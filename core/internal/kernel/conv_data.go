package kernel

import "montage/core/parallel"

// BackwardData overwrites dx, [N,H,W,C], with the gradient of the input.
//
// The input pixels are divided by their row and column modulo the stride. The
// pixels of one such phase are met by the same taps of the filter, so their
// gradient is a convolution of dy with stride 1 by those taps, turned around.
// With stride 1 there is one phase and all taps belong to it. Compared with a
// product scattered back into the map, nothing is added up in memory.
func (c Conv2D) BackwardData(dx, dy, w []float32) {
	c.check(dy, dx, w)
	// The turned convolution has the padding 2 - Pad, which must not be negative.
	if c.Pad <= 2 && c.winograd() {
		c.backwardTiles(dx, dy, w)
		return
	}
	// Every pixel is in one phase, so together they overwrite all of dx.
	for y := range c.Stride {
		for x := range c.Stride {
			c.backPhase(dx, dy, w, phase{c.along(c.H, c.R, y), c.along(c.W, c.S, x)})
		}
	}
}

// axis is a phase along one axis: which pixels, and which taps meet them.
type axis struct {
	first, count int // pixels first, first+stride, ...
	tap, taps    int // taps tap, tap+stride, ...
	pad          int // of the turned convolution
}

// phase is the pixels of one remainder along each axis.
type phase struct{ y, x axis }

// along returns the phase that begins at pixel first. Pixel i meets tap t at output o where
// i + Pad = o*Stride + t, so t equals first + Pad modulo the stride.
func (c Conv2D) along(size, filter, first int) axis {
	a := axis{first: first, tap: (first + c.Pad) % c.Stride}
	// A map smaller than the stride has phases without pixels.
	if first < size {
		a.count = ceilDiv(size-first, c.Stride)
	}
	// A filter smaller than the stride leaves phases that no tap meets: their gradient is zero.
	if a.tap < filter {
		a.taps = ceilDiv(filter-a.tap, c.Stride)
	}
	a.pad = a.taps - 1 - (first+c.Pad-a.tap)/c.Stride
	return a
}

func (c Conv2D) backPhase(dx, dy, w []float32, f phase) {
	p, q := c.Out()
	g := product{m: c.N * f.y.count * f.x.count, n: c.C, k: f.y.taps * f.x.taps * c.K}
	g.a = patches{
		x: dy, h: p, w: q, c: c.K, p: f.y.count, q: f.x.count, r: f.y.taps, s: f.x.taps,
		stride: 1, top: f.y.pad, left: f.x.pad,
	}
	if c.pointwise() {
		g.a = dense{dy, c.K}
	}
	g.b = c.turnedFilter(w, f)
	// The one phase is the whole map, so its pixels are in place already.
	if c.Stride == 1 {
		g.c = dx
		g.run()
		return
	}
	buf := grab(g.m * c.C)
	defer release(buf)
	g.c = *buf
	g.run()
	c.spread(dx, *buf, f)
}

// turnedFilter is the phase's taps from last to first, inputs and outputs exchanged.
func (c Conv2D) turnedFilter(w []float32, f phase) columns {
	// Nothing of it is read, and last could lie before the weights.
	if f.y.taps == 0 || f.x.taps == 0 {
		return columns{}
	}
	last := (f.y.tap+(f.y.taps-1)*c.Stride)*c.S + f.x.tap + (f.x.taps-1)*c.Stride
	return columns{
		data: w, origin: last, channels: c.K, across: f.x.taps,
		down: -c.Stride * c.S, right: -c.Stride,
		channel: c.C * c.R * c.S, feature: c.R * c.S,
	}
}

// spread puts the pixels of a phase in their places in dx.
func (c Conv2D) spread(dx, from []float32, f phase) {
	parallel.For(c.N*f.y.count, func(i int) {
		frame, y := i/f.y.count, i%f.y.count*c.Stride+f.y.first
		line := dx[(frame*c.H+y)*c.W*c.C:]
		for j := range f.x.count {
			to := line[(j*c.Stride+f.x.first)*c.C:][:c.C]
			copy(to, from[(i*f.x.count+j)*c.C:])
		}
	})
}
