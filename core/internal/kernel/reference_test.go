package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"montage/core/internal/kernel/internal/avx"
)

// bothPaths runs a test over each kind of assembly that runs here and the plain loops.
func bothPaths(t *testing.T, test func(*testing.T)) {
	best := fastest
	defer func() { fastest = best }()
	for l, name := range []string{"plain", "AVX2", "AVX512"} {
		if avx.Level(l) <= best.level {
			fastest = unitOf(avx.Level(l))
			t.Run(name, test)
		}
	}
}

// random returns normal values, the same on each call with one seed.
func random(seed uint64, n int) []float32 {
	r, x := rand.New(rand.NewPCG(seed, 7)), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// filled returns an output full of NaN, so that a value not written is noticed.
func filled(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

// near demands agreement to 1e-5 of the largest value.
func near[T float32 | float64](t *testing.T, what string, got []float32, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	scale := 1e-30
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range got {
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= 1e-5*scale) {
			t.Fatalf("%s[%d] is %v, expected %v (scale %v)", what, i, v, want[i], scale)
		}
	}
}

// naive computes MatMul in float64 by definition.
func (g MatMul) naive(c, a, b []float32) []float64 {
	out := make([]float64, g.M*g.N)
	for i := range g.M {
		for j := range g.N {
			sum := 0.0
			for k := range g.K {
				x, y := i*g.K+k, k*g.N+j
				if g.TransA {
					x = k*g.M + i
				}
				if g.TransB {
					y = j*g.K + k
				}
				sum += float64(a[x]) * float64(b[y])
			}
			if g.Accumulate {
				sum += float64(c[i*g.N+j])
			}
			out[i*g.N+j] = sum
		}
	}
	return out
}

// gradients is what the three passes of a convolution give.
type gradients struct{ y, dx, dw []float64 }

// naive computes all three passes in float64 by definition, adding up each product
// x*w in y, dy*w in dx and x*dy in dw.
func (c Conv2D) naive(x, w, dy []float32) gradients {
	p, q := c.Out()
	g := gradients{
		make([]float64, c.N*p*q*c.K), make([]float64, len(x)), make([]float64, len(w)),
	}
	c.eachTap(func(out, in, tap int) {
		for k := range c.K {
			for i := range c.C {
				o, n, f := out*c.K+k, in*c.C+i, (k*c.C+i)*c.R*c.S+tap
				g.y[o] += float64(x[n]) * float64(w[f])
				g.dx[n] += float64(dy[o]) * float64(w[f])
				g.dw[f] += float64(x[n]) * float64(dy[o])
			}
		}
	})
	return g
}

// eachTap visits every output pixel with each input pixel under its filter.
func (c Conv2D) eachTap(f func(out, in, tap int)) {
	p, q := c.Out()
	for i := range c.N * p * q {
		for tap := range c.R * c.S {
			y := i/q%p*c.Stride - c.Pad + tap/c.S
			x := i%q*c.Stride - c.Pad + tap%c.S
			if y >= 0 && y < c.H && x >= 0 && x < c.W {
				f(i, (i/(p*q)*c.H+y)*c.W+x, tap)
			}
		}
	}
}
