package kernel

import "montage/core/internal/kernel/internal/avx"

// The loops over rows, whole rows of as many columns as the per-column slices
// have. The slices are cut to their lengths first: that is the check of bounds
// which assembly lacks.

// sumRows adds the rows of x to acc.
func sumRows(acc, x []float32, rows int) {
	cols := len(acc)
	x = x[:rows*cols]
	// The assembly wants at least one row and one column, and &x[0] would panic.
	if len(x) == 0 {
		return
	}
	if fastest.assembly() {
		avx.SumRows(&acc[0], &x[0], rows, cols)
		return
	}
	for ; len(x) > 0; x = x[cols:] {
		for c, v := range x[:cols] {
			acc[c] += v
		}
	}
}

// squareRows adds (x-mean)² to acc.
func squareRows(acc, x, mean []float32, rows int) {
	cols := len(acc)
	x, mean = x[:rows*cols], mean[:cols]
	if len(x) == 0 {
		return
	}
	if fastest.assembly() {
		avx.SquareRows(&acc[0], &mean[0], &x[0], rows, cols)
		return
	}
	for ; len(x) > 0; x = x[cols:] {
		for c, v := range x[:cols] {
			v -= mean[c]
			acc[c] += v * v
		}
	}
}

// columnScale are the per-column numbers of scaleRows.
type columnScale struct{ mean, scale, shift []float32 }

// scaleRows writes y = (x-mean)*scale + shift.
// The mean is subtracted first: folded into shift, a large one would cancel digits of x.
func scaleRows(y, x []float32, k columnScale) {
	cols := len(k.scale)
	x, k.mean, k.shift = x[:len(y)], k.mean[:cols], k.shift[:cols]
	if len(x) == 0 {
		return
	}
	if fastest.assembly() {
		avx.ScaleRows(&k.mean[0], &k.scale[0], &k.shift[0], &y[0], &x[0], len(y)/cols, cols)
		return
	}
	for ; len(y) > 0; x, y = x[cols:], y[cols:] {
		for c, v := range x[:cols] {
			y[c] = (v-k.mean[c])*k.scale[c] + k.shift[c]
		}
	}
}

// gradRows adds dy to the first half of acc and dy*(x-mean) to the second.
func gradRows(acc, x, dy, mean []float32) {
	cols := len(mean)
	s0, s1, x := acc[:cols], acc[cols:2*cols], x[:len(dy)]
	if len(x) == 0 {
		return
	}
	if fastest.assembly() {
		avx.GradRows(&s0[0], &s1[0], &mean[0], &x[0], &dy[0], len(dy)/cols, cols)
		return
	}
	for ; len(x) > 0; x, dy = x[cols:], dy[cols:] {
		for c, v := range dy[:cols] {
			s0[c] += v
			s1[c] += v * (x[c] - mean[c])
		}
	}
}

// columnGrad are the per-column numbers of backRows.
type columnGrad struct{ mean, dy, x, shift []float32 }

// backRows writes dx = dy*k.dy + (x-k.mean)*k.x + k.shift.
func backRows(dx, dy, x []float32, k columnGrad) {
	cols := len(k.dy)
	dy, x = dy[:len(dx)], x[:len(dx)]
	k.mean, k.x, k.shift = k.mean[:cols], k.x[:cols], k.shift[:cols]
	if len(dx) == 0 {
		return
	}
	if fastest.assembly() {
		avx.BackRows(&k.mean[0], &k.dy[0], &k.x[0], &k.shift[0], &dx[0], &dy[0], &x[0], len(dx)/cols, cols)
		return
	}
	for ; len(dx) > 0; dx, dy, x = dx[cols:], dy[cols:], x[cols:] {
		for c, v := range dy[:cols] {
			dx[c] = v*k.dy[c] + (x[c]-k.mean[c])*k.x[c] + k.shift[c]
		}
	}
}

// biasRows adds bias to the rows of y.
func biasRows(y, bias []float32) {
	cols := len(bias)
	if len(y) == 0 {
		return
	}
	if fastest.assembly() {
		avx.BiasRows(&bias[0], &y[0], len(y)/cols, cols)
		return
	}
	for ; len(y) > 0; y = y[cols:] {
		for c, v := range bias {
			y[c] += v
		}
	}
}
