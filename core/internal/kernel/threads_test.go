package kernel

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func withProcs(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	f()
}

// everything computes one of each kernel, on shapes of several chunks and blocks.
func everything() map[string][]float32 {
	out := map[string][]float32{}
	for i, c := range []Conv2D{
		{N: 3, H: 23, W: 17, C: 20, K: 24, R: 3, S: 3, Stride: 1, Pad: 1},
		{N: 3, H: 23, W: 17, C: 20, K: 24, R: 3, S: 3, Stride: 2, Pad: 1},
		{N: 3, H: 23, W: 17, C: 120, K: 100, R: 1, S: 1, Stride: 1},
	} {
		y, dx, dw, _ := c.run()
		f, z := c.Pack(random(2, len(dw)), nil, random(5, c.K)), filled(len(y))
		c.Apply(z, random(1, len(dx)), f, Epilogue{ReLU: true})
		out[fmt.Sprint("conv packed ", i)] = z
		out[fmt.Sprint("conv y ", i)], out[fmt.Sprint("conv dx ", i)], out[fmt.Sprint("conv dw ", i)] = y, dx, dw
	}
	for _, g := range []MatMul{{M: 3, N: 900, K: 1100}, {M: 900, N: 3, K: 1100, TransA: true, TransB: true}} {
		y := filled(g.M * g.N)
		g.Do(y, random(1, g.M*g.K), random(2, g.N*g.K))
		out[fmt.Sprint("product ", g)] = y
	}
	b := BatchNorm{Rows: 2000, C: 37, Eps: 1e-5}
	x, dy, v := random(1, b.Rows*b.C), random(2, b.Rows*b.C), [5][]float32{}
	for i := range v {
		v[i] = filled(b.C)
		out[fmt.Sprint("norm vector ", i)] = v[i]
	}
	y, dx := filled(len(x)), filled(len(x))
	b.Stats(v[0], v[1], x)
	b.Apply(y, x, v[0], v[1], x, x)
	b.BackwardBatch(dx, v[2], v[3], x, dy, v[0], v[1], x)
	SumRows(v[4], x, b.Rows, b.C)
	AddBias(x, b.Rows, b.C, dy)
	out["norm y"], out["norm dx"], out["bias"] = y, dx, x
	p := Pool{N: 4, H: 20, W: 21, C: 11, Size: 3, Stride: 2, Pad: 1}
	h, w := p.Out()
	arg, top, mean := make([]int32, p.N*h*w*p.C), filled(p.N*h*w*p.C), filled(p.N*h*w*p.C)
	dmax, dmean := filled(p.N*p.H*p.W*p.C), filled(p.N*p.H*p.W*p.C)
	p.Max(top, arg, x)
	p.Avg(mean, x)
	p.MaxBackward(dmax, x, arg)
	p.AvgBackward(dmean, x)
	out["max"], out["average"], out["max dx"], out["average dx"] = top, mean, dmax, dmean
	return out
}

func TestThreadsDoNotMatter(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		var one map[string][]float32
		withProcs(1, func() { one = everything() })
		for _, procs := range []int{2, 5} {
			withProcs(procs, func() {
				for name, got := range everything() {
					if !slices.Equal(got, one[name]) {
						t.Errorf("%s differs between 1 and %d threads", name, procs)
					}
				}
			})
		}
	})
}

func TestSteadyStateReusesScratch(t *testing.T) { bothPaths(t, steadyStateReusesScratch) }

func steadyStateReusesScratch(t *testing.T) {
	c := Conv2D{N: 2, H: 16, W: 16, C: 64, K: 64, R: 3, S: 3, Stride: 1, Pad: 1}
	x, w, y := random(1, c.N*c.H*c.W*c.C), random(2, c.K*c.C*c.R*c.S), filled(2*16*16*64)
	dw := filled(len(w))
	const passes = 30 // enough to share out what collections lose
	var before, after runtime.MemStats
	for range 5 { // both threads have come by
		c.Forward(y, x, w)
		c.BackwardWeights(dw, x, y)
	}
	runtime.ReadMemStats(&before)
	for range passes {
		c.Forward(y, x, w)
		c.BackwardWeights(dw, x, y)
	}
	runtime.ReadMemStats(&after)
	// One pass packs more than 500 kB; a collection may empty the pools now and then.
	if got := (after.TotalAlloc - before.TotalAlloc) / passes; got > 100_000 {
		t.Errorf("%d bytes are allocated by each pass, expected far below 100000", got)
	}
}

func TestSliceTooShortForNorm(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "x has 5 elements, expected 6") {
			t.Errorf("panic is %q", got)
		}
	}()
	BatchNorm{Rows: 2, C: 3}.Stats(make([]float32, 3), make([]float32, 3), make([]float32, 5))
}
