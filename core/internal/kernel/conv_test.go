package kernel

import (
	"fmt"
	"testing"
)

var convolutions = []Conv2D{
	{N: 1, H: 1, W: 1, C: 1, K: 1, R: 1, S: 1, Stride: 1},
	{N: 3, H: 1, W: 1, C: 5, K: 7, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 2, H: 5, W: 7, C: 17, K: 19, R: 1, S: 1, Stride: 1},
	{N: 2, H: 5, W: 7, C: 17, K: 19, R: 1, S: 1, Stride: 2},
	{N: 1, H: 6, W: 6, C: 3, K: 4, R: 1, S: 1, Stride: 1, Pad: 2},
	{N: 1, H: 6, W: 5, C: 3, K: 4, R: 1, S: 1, Stride: 3, Pad: 1},
	{N: 2, H: 9, W: 8, C: 33, K: 18, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 2, H: 9, W: 8, C: 33, K: 18, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 1, H: 8, W: 9, C: 4, K: 6, R: 3, S: 3, Stride: 1},
	{N: 1, H: 8, W: 9, C: 4, K: 6, R: 3, S: 3, Stride: 2, Pad: 5},
	{N: 2, H: 21, W: 19, C: 3, K: 16, R: 7, S: 7, Stride: 2, Pad: 3},
	{N: 1, H: 11, W: 10, C: 2, K: 3, R: 2, S: 5, Stride: 4, Pad: 1},
	{N: 1, H: 3, W: 12, C: 2, K: 3, R: 3, S: 1, Stride: 5},
	{N: 1, H: 4, W: 4, C: 300, K: 5, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 1, H: 4, W: 4, C: 130, K: 40, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 3, H: 5, W: 11, C: 16, K: 32, R: 3, S: 3, Stride: 1},
	{N: 2, H: 7, W: 7, C: 37, K: 71, R: 3, S: 3, Stride: 1, Pad: 2},
	{N: 1, H: 6, W: 9, C: 64, K: 16, R: 3, S: 3, Stride: 1, Pad: 4},
	{N: 5, H: 14, W: 13, C: 17, K: 19, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 1, H: 30, W: 40, C: 16, K: 16, R: 3, S: 3, Stride: 1, Pad: 1},
	{N: 1, H: 5, W: 5, C: 37, K: 70, R: 3, S: 3, Stride: 2, Pad: 1},
	{N: 1, H: 5, W: 4, C: 41, K: 35, R: 1, S: 1, Stride: 2},
	{N: 1, H: 8, W: 8, C: 19, K: 70, R: 3, S: 3, Stride: 1, Pad: 1},
}

// run gives the three passes of a convolution of random values.
func (c Conv2D) run() (y, dx, dw []float32, want func() gradients) {
	p, q := c.Out()
	x, w, dy := random(1, c.N*c.H*c.W*c.C), random(2, c.K*c.C*c.R*c.S), random(3, c.N*p*q*c.K)
	y, dx, dw = filled(len(dy)), filled(len(x)), filled(len(w))
	c.Forward(y, x, w)
	c.BackwardData(dx, dy, w)
	c.BackwardWeights(dw, x, dy)
	return y, dx, dw, func() gradients { return c.naive(x, w, dy) }
}

func TestConvolution(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, c := range convolutions {
			y, dx, dw, want := c.run()
			g := want()
			near(t, fmt.Sprintf("%+v: y", c), y, g.y)
			near(t, fmt.Sprintf("%+v: dx", c), dx, g.dx)
			near(t, fmt.Sprintf("%+v: dw", c), dw, g.dw)
		}
	})
}

// No frames, or a filter that does not fit: empty outputs, gradients of zero.
func TestConvolutionOfNothing(t *testing.T) {
	for _, c := range []Conv2D{
		{N: 0, H: 5, W: 5, C: 3, K: 2, R: 3, S: 3, Stride: 2, Pad: 1},
		{N: 0, H: 5, W: 5, C: 3, K: 2, R: 1, S: 1, Stride: 1},
		{N: 2, H: 2, W: 5, C: 3, K: 2, R: 3, S: 3, Stride: 2},
		{N: 2, H: 4, W: 5, C: 3, K: 0, R: 3, S: 3, Stride: 2},
		{N: 2, H: 4, W: 5, C: 0, K: 2, R: 3, S: 3, Stride: 1, Pad: 1},
	} {
		_, dx, dw, _ := c.run()
		near(t, fmt.Sprintf("%+v: dx", c), dx, make([]float32, len(dx)))
		near(t, fmt.Sprintf("%+v: dw", c), dw, make([]float32, len(dw)))
	}
}

func BenchmarkConv(b *testing.B) {
	for _, c := range []Conv2D{
		{N: 4, H: 56, W: 56, C: 64, K: 64, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 4, H: 56, W: 56, C: 64, K: 256, R: 1, S: 1, Stride: 1},
		{N: 4, H: 56, W: 56, C: 128, K: 128, R: 3, S: 3, Stride: 2, Pad: 1},
		{N: 8, H: 7, W: 7, C: 512, K: 512, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 8, H: 7, W: 7, C: 2048, K: 512, R: 1, S: 1, Stride: 1},
		{N: 2, H: 224, W: 224, C: 3, K: 64, R: 7, S: 7, Stride: 2, Pad: 3},
	} {
		p, q := c.Out()
		x, w, y := random(1, c.N*c.H*c.W*c.C), random(2, c.K*c.C*c.R*c.S), random(3, c.N*p*q*c.K)
		products := len(y) * c.C * c.R * c.S
		name := fmt.Sprintf("%dx%d_%d_%d_%dx%d_%d", c.H, c.W, c.C, c.K, c.R, c.S, c.Stride)
		b.Run(name+"/forward", func(b *testing.B) { flops(b, products, func() { c.Forward(y, x, w) }) })
		b.Run(name+"/data", func(b *testing.B) { flops(b, products, func() { c.BackwardData(x, y, w) }) })
		b.Run(name+"/weights", func(b *testing.B) { flops(b, products, func() { c.BackwardWeights(w, x, y) }) })
	}
}
