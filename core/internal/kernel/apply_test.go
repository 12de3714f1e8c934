package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// applied is a convolution with random operands and everything folded.
type applied struct {
	Conv2D
	x, w, scale, shift, residual []float32
	filter                       *Filter
}

func newApplied(c Conv2D) applied {
	p, q := c.Out()
	a := applied{
		Conv2D: c, x: random(1, c.N*c.H*c.W*c.C), w: random(2, c.K*c.C*c.R*c.S),
		scale: random(3, c.K), shift: random(4, c.K), residual: random(5, c.N*p*q*c.K),
	}
	a.filter = c.Pack(a.w, a.scale, a.shift)
	return a
}

// want computes by definition in float64: convolution, normalisation, residual, ReLU.
func (a applied) want() (full, bare []float64) {
	bare = a.naive(a.x, a.w, a.residual).y
	full = make([]float64, len(bare))
	for i := range bare {
		k := i % a.K
		bare[i] = bare[i]*float64(a.scale[k]) + float64(a.shift[k])
		full[i] = max(0, bare[i]+float64(a.residual[i]))
	}
	return full, bare
}

func TestApply(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, c := range convolutions {
			a := newApplied(c)
			full, bare := a.want()
			y := filled(len(bare))
			c.Apply(y, a.x, a.filter, Epilogue{})
			near(t, fmt.Sprintf("%+v", c), y, bare)
			c.Apply(y, a.x, a.filter, Epilogue{Residual: a.residual, ReLU: true})
			near(t, fmt.Sprintf("%+v with residual", c), y, full)
			copy(y, a.residual)
			c.Apply(y, a.x, a.filter, Epilogue{Residual: y, ReLU: true})
			near(t, fmt.Sprintf("%+v in place of the residual", c), y, full)
		}
	})
}

func TestApplySerialIsApply(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		var s Scratch
		for _, c := range convolutions {
			a := newApplied(c)
			y, z, e := filled(len(a.residual)), filled(len(a.residual)), Epilogue{a.residual, true}
			withProcs(3, func() { c.Apply(y, a.x, a.filter, e) })
			c.ApplySerial(&s, z, a.x, a.filter, e)
			if !slices.Equal(y, z) {
				t.Errorf("%+v: Apply and ApplySerial differ", c)
			}
			one := c
			one.N = 1
			in, out := c.H*c.W*c.C, len(y)/c.N
			for n := range c.N {
				e.Residual = a.residual[n*out:]
				one.ApplySerial(&s, z[n*out:], a.x[n*in:], a.filter, e)
			}
			if !slices.Equal(y, z) {
				t.Errorf("%+v: frames together and one by one differ", c)
			}
		}
	})
}

// Many frames of small maps, so that pieces and tables end inside groups of frames.
func TestApplyManyFrames(t *testing.T) {
	for _, c := range []Conv2D{
		{N: 29, H: 5, W: 5, C: 20, K: 33, R: 3, S: 3, Stride: 2, Pad: 1},
		{N: 60, H: 5, W: 5, C: 20, K: 33, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 100, H: 2, W: 3, C: 9, K: 33, R: 1, S: 1, Stride: 1},
		{N: 7, H: 90, W: 31, C: 3, K: 10, R: 5, S: 5, Stride: 2, Pad: 2},
	} {
		a := newApplied(c)
		full, _ := a.want()
		y := filled(len(full))
		c.Apply(y, a.x, a.filter, Epilogue{a.residual, true})
		near(t, fmt.Sprintf("%+v", c), y, full)
	}
}

func TestApplyOfNothing(t *testing.T) {
	c := Conv2D{N: 2, H: 2, W: 2, C: 0, K: 2, R: 1, S: 1, Stride: 1}
	y := filled(16)
	c.Apply(y, nil, c.Pack(nil, nil, []float32{-1, 2}), Epilogue{ReLU: true})
	near(t, "bias alone", y, []float32{0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2}[:16])
	c = Conv2D{N: 0, H: 20, W: 20, C: 32, K: 32, R: 3, S: 3, Stride: 1, Pad: 1}
	c.Apply(nil, nil, c.Pack(make([]float32, 32*32*9), nil, nil), Epilogue{})
}

func TestApplyKeepsNaN(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, c := range []Conv2D{
			{N: 1, H: 1, W: 1, C: 1, K: 40, R: 1, S: 1, Stride: 1},
			{N: 1, H: 4, W: 4, C: 16, K: 40, R: 3, S: 3, Stride: 1, Pad: 1},
		} {
			x, y := filled(c.H*c.W*c.C), make([]float32, c.H*c.W*c.K)
			c.Apply(y, x, c.Pack(random(1, c.K*c.C*c.R*c.S), nil, nil), Epilogue{ReLU: true})
			for i, v := range y {
				if !math.IsNaN(float64(v)) {
					t.Fatalf("%+v: y[%d] is %v, expected NaN", c, i, v)
				}
			}
		}
	})
}

func TestFilterOfAnotherShapeIsRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	c := Conv2D{N: 1, H: 2, W: 2, C: 1, K: 1, R: 1, S: 1, Stride: 1}
	f := c.Pack([]float32{1}, nil, nil)
	c.H = 1
	c.Apply(make([]float32, 2), make([]float32, 2), f, Epilogue{})
}
