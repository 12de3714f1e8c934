package kernel

import (
	"fmt"
	"testing"
)

// Around the edges of strips (6), panels (16), passes (256) and blocks (96).
var matrices = []MatMul{
	{M: 1, N: 1, K: 1},
	{M: 2, N: 16, K: 3},
	{M: 3, N: 17, K: 5},
	{M: 4, N: 15, K: 255},
	{M: 5, N: 33, K: 256},
	{M: 6, N: 32, K: 257},
	{M: 7, N: 1, K: 513},
	{M: 97, N: 47, K: 31},
	{M: 1, N: 301, K: 260},
	{M: 17, N: 90, K: 700},
	{M: 193, N: 7, K: 100},
	{M: 100, N: 100, K: 600},
}

func TestMatMul(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, g := range matrices {
			for mode := range 8 {
				g.TransA, g.TransB, g.Accumulate = mode&1 > 0, mode&2 > 0, mode&4 > 0
				a, b := random(1, g.M*g.K), random(2, g.K*g.N)
				c := filled(g.M * g.N)
				if g.Accumulate {
					c = random(3, g.M*g.N)
				}
				want := g.naive(c, a, b)
				g.Do(c, a, b)
				near(t, fmt.Sprintf("%+v", g), c, want)
			}
		}
	})
}

// B of more than the packing limit is taken in several slabs.
func TestMatMulInSlabs(t *testing.T) {
	g := MatMul{M: 3, N: packed/256 - 100, K: 515}
	a, b, c := random(1, g.M*g.K), random(2, g.K*g.N), filled(g.M*g.N)
	want := g.naive(c, a, b)
	g.Do(c, a, b)
	near(t, "c", c, want)
}

func TestMatMulOfNothing(t *testing.T) {
	MatMul{M: 0, N: 4, K: 4}.Do(nil, nil, make([]float32, 16))
	MatMul{M: 4, N: 0, K: 4}.Do(nil, make([]float32, 16), nil)
	c := []float32{1, 2}
	MatMul{M: 1, N: 2, Accumulate: true}.Do(c, nil, nil)
	near(t, "c += nothing", c, []float32{1, 2})
	MatMul{M: 1, N: 2}.Do(c, nil, nil)
	near(t, "c = nothing", c, []float32{0, 0})
}

func TestShortSliceIsRefused(t *testing.T) {
	defer func() {
		const want = "kernel: kernel.MatMul{M:2 N:2 K:2 TransA:false TransB:false Accumulate:false}: " +
			"b has 3 elements, expected 4"
		if got := recover(); got != want {
			t.Errorf("panic is %v, expected %v", got, want)
		}
	}()
	MatMul{M: 2, N: 2, K: 2}.Do(make([]float32, 4), make([]float32, 4), make([]float32, 3))
}

func BenchmarkMatMul(b *testing.B) {
	for _, g := range []MatMul{
		{M: 512, N: 512, K: 512},
		{M: 512, N: 512, K: 512, TransA: true},
		{M: 512, N: 512, K: 512, TransB: true},
		{M: 16, N: 1024, K: 2048, TransB: true},
		{M: 16, N: 2048, K: 1024},
		{M: 2048, N: 1024, K: 16, TransA: true},
	} {
		b.Run(fmt.Sprintf("%dx%dx%d_%v_%v", g.M, g.N, g.K, g.TransA, g.TransB), func(b *testing.B) {
			x, y, z := random(1, g.M*g.K), random(2, g.K*g.N), filled(g.M*g.N)
			flops(b, g.M*g.N*g.K, func() { g.Do(z, x, y) })
		})
	}
}

// flops reports speed as GFLOPS, where one multiplication and addition are two.
func flops(b *testing.B, products int, f func()) {
	for b.Loop() {
		f()
	}
	b.ReportMetric(2*float64(products)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
}
