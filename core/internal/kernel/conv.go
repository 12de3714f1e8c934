package kernel

import "montage/core/parallel"

// Conv2D is a convolution (cross-correlation, as networks have it) without bias.
// x is [N,H,W,C], weights are [K,C,R,S] as PyTorch lays them out, y is [N,P,Q,K]
// with P and Q from Out. Padding is zeros, on all four sides. None of the methods
// allows its output to overlap an input.
type Conv2D struct {
	N, H, W, C int
	K, R, S    int // output channels, rows and columns of the filter
	Stride     int
	Pad        int
}

// Over returns the convolution for images of a shape [N,H,W,C] and weights [K,C,R,S].
func (c Conv2D) Over(x, w []int) Conv2D {
	c.N, c.H, c.W, c.C = x[0], x[1], x[2], x[3]
	c.K, c.R, c.S = w[0], w[2], w[3]
	return c
}

// Out returns the size of the output map, 0 where the filter does not fit.
func (c Conv2D) Out() (p, q int) {
	return outSize(c.H, c.R, c.Stride, c.Pad), outSize(c.W, c.S, c.Stride, c.Pad)
}

// outSize returns the output size along one axis.
func outSize(in, size, stride, pad int) int {
	// Division rounds toward zero: a filter that is too large by less than a stride would
	// otherwise give one output.
	if in+2*pad < size {
		return 0
	}
	return (in+2*pad-size)/stride + 1
}

// Forward computes y, [N,P,Q,K], from x and w.
func (c Conv2D) Forward(y, x, w []float32) {
	c.check(y, x, w)
	if c.winograd() {
		c.forwardTiles(y, x, w)
		return
	}
	product{
		m: c.pixels(), n: c.K, k: c.R * c.S * c.C,
		a: c.input(x), b: c.filter(w), c: y,
	}.run()
}

func (c Conv2D) check(y, x, w []float32) {
	c.checkMaps(y, x)
	check(c, "w or dw", len(w), c.K*c.C*c.R*c.S)
}

func (c Conv2D) checkMaps(y, x []float32) {
	check(c, "x or dx", len(x), c.N*c.H*c.W*c.C)
	check(c, "y or dy", len(y), c.pixels()*c.K)
}

// pixels returns the number of output pixels.
func (c Conv2D) pixels() int {
	p, q := c.Out()
	return c.N * p * q
}

// pointwise reports whether the patches of x are x itself.
func (c Conv2D) pointwise() bool { return c.R == 1 && c.S == 1 && c.Stride == 1 && c.Pad == 0 }

func (c Conv2D) input(x []float32) rows {
	if c.pointwise() {
		return dense{x, c.C}
	}
	return c.patches(x)
}

func (c Conv2D) patches(x []float32) patches {
	p, q := c.Out()
	return patches{
		x: x, h: c.H, w: c.W, c: c.C, p: p, q: q, r: c.R, s: c.S,
		stride: c.Stride, top: c.Pad, left: c.Pad,
	}
}

// filter is w as the right operand of Forward: by taps, then channels.
func (c Conv2D) filter(w []float32) columns {
	return columns{
		data: w, channels: c.C, across: c.S,
		down: c.S, right: 1, channel: c.R * c.S, feature: c.C * c.R * c.S,
	}
}

// BackwardWeights overwrites dw, [K,C,R,S], with the gradient of the weights:
// the patches of x, transposed, times dy.
func (c Conv2D) BackwardWeights(dw, x, dy []float32) {
	c.check(dy, x, dw)
	if c.winograd() {
		c.weightTiles(dw, x, dy)
		return
	}
	if c.pointwise() {
		// The other way around: the result needs no arranging.
		MatMul{M: c.K, N: c.C, K: c.pixels(), TransA: true}.Do(dw, dy, x)
		return
	}
	// A product writes whole rows. In the layout of the weights each number of a row would
	// lie in a line of the cache of its own, so it is brought there afterwards, some
	// features at a time.
	buf := grab(c.R * c.S * c.C * c.K)
	defer release(buf)
	g := product{m: c.R * c.S * c.C, n: c.K, k: c.pixels(), c: *buf}
	g.a, g.b = turned{c.patches(x)}, matrix(dy, g.k, c.K, 1)
	g.run()
	c.arrange(dw, *buf)
}

// arrange turns a gradient [R,S,C,K] into the layout of the weights, [K,C,R,S], some
// features at a time so that reads and writes use whole lines of the cache.
func (c Conv2D) arrange(dw, from []float32) {
	taps := c.R * c.S
	const features, wide = 32, 32
	parallel.Chunks(c.K, features, func(k0, k1 int) {
		if taps == 1 {
			lines{from[k0:], c.K, c.C, k1 - k0}.turn(dw[k0*c.C:], c.C)
			return
		}
		b := braid{taps: taps, features: k1 - k0, data: grab(taps * features * wide)}
		defer release(b.data)
		for i := 0; i < c.C; i += wide {
			b.channels = min(wide, c.C-i)
			b.fill(from[i*c.K+k0:], c.C*c.K, c.K)
			b.to(dw[(k0*c.C+i)*taps:], c.C*taps)
		}
	})
}
