package kernel

import "montage/core/parallel"

// GlobalAvg is the mean over the HW pixels of each frame of maps [N,HW,C].
type GlobalAvg struct{ N, HW, C int }

// Forward writes y, [N,C]; zeros where a frame has no pixels. One thread adds up a frame, so
// the order of the sum is always the same.
func (g GlobalAvg) Forward(y, x []float32) {
	check(g, "x", len(x), g.N*g.HW*g.C)
	check(g, "y", len(y), g.N*g.C)
	// At least 1: the sum of no pixels is 0, and 0 times 1/0 would be NaN.
	scale := 1 / float32(max(g.HW, 1))
	parallel.For(g.N, func(n int) {
		to := y[n*g.C:][:g.C]
		clear(to)
		sumRows(to, x[n*g.HW*g.C:], g.HW)
		for c := range to {
			to[c] *= scale
		}
	})
}

// Backward overwrites dx, [N,HW,C], with the gradient.
func (g GlobalAvg) Backward(dx, dy []float32) {
	check(g, "dx", len(dx), g.N*g.HW*g.C)
	check(g, "dy", len(dy), g.N*g.C)
	scale := 1 / float32(max(g.HW, 1))
	parallel.For(g.N, func(n int) {
		// Every pixel has the same gradient: it is made once and copied.
		to := dx[n*g.HW*g.C:][:g.HW*g.C]
		// Without pixels there is not even a first one to write.
		if len(to) == 0 {
			return
		}
		for c, v := range dy[n*g.C:][:g.C] {
			to[c] = v * scale
		}
		for p := 1; p < g.HW; p++ {
			copy(to[p*g.C:][:g.C], to)
		}
	})
}
