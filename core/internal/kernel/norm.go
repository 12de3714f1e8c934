package kernel

import (
	"math"

	"montage/core/parallel"
)

// BatchNorm normalises the columns of x, [Rows,C]: y = (x - mean)/sqrt(variance + Eps)*gamma + beta.
// Rows are all pixels of all frames; mean, variance, gamma and beta are [C].
type BatchNorm struct {
	Rows, C int
	Eps     float32
}

// Stats writes mean and biased variance of each column, zeros where there are no
// rows. The variance is taken around the mean in a second pass, so a large mean
// does not cancel it.
func (b BatchNorm) Stats(mean, variance, x []float32) {
	check(b, "x", len(x), b.Rows*b.C)
	check(b, "mean", len(mean), b.C)
	check(b, "variance", len(variance), b.C)
	// At least 1, so that no rows give 0 and not NaN.
	n := 1 / float64(max(b.Rows, 1))
	sums := columnSums{rows: b.Rows, c: b.C, outputs: 1}
	sums.run(func(acc []float32, from, rows int) {
		sumRows(acc, x[from:], rows)
	}, func(c int, sum []float64) { mean[c] = float32(sum[0] * n) })
	sums.run(func(acc []float32, from, rows int) {
		// All of mean is there: the first run has ended.
		squareRows(acc, x[from:], mean, rows)
	}, func(c int, sum []float64) { variance[c] = float32(sum[0] * n) })
}

// Apply writes y, [Rows,C]; it may be x. The same call serves statistics of the
// batch and running statistics.
func (b BatchNorm) Apply(y, x, mean, variance, gamma, beta []float32) {
	check(b, "x", len(x), b.Rows*b.C)
	check(b, "y", len(y), b.Rows*b.C)
	buf := grab(b.C)
	defer release(buf)
	for c := range b.C {
		// In double precision, once for a column: every pixel then has one rounding of it.
		(*buf)[c] = float32(float64(gamma[c]) * b.inverse(variance[c]))
	}
	b.chunks(func(from, to int) { scaleRows(y[from:to], x[from:to], columnScale{mean, *buf, beta}) })
}

// BackwardBatch writes the gradients of Apply's inputs where mean and variance are
// the statistics of x itself, so that the gradient also flows through them. dx,
// [Rows,C], may be dy; dgamma and dbeta are [C]. A nil output is skipped.
func (b BatchNorm) BackwardBatch(dx, dgamma, dbeta, x, dy, mean, variance, gamma []float32) {
	b.backward(normGrad{dx, dgamma, dbeta}, x, dy, mean, variance, gamma, true)
}

// BackwardFrozen is BackwardBatch where mean and variance are constants.
func (b BatchNorm) BackwardFrozen(dx, dgamma, dbeta, x, dy, mean, variance, gamma []float32) {
	b.backward(normGrad{dx, dgamma, dbeta}, x, dy, mean, variance, gamma, false)
}

// normGrad names the outputs of a backward pass.
type normGrad struct{ x, gamma, beta []float32 }

// backward computes, with h = (x-mean)*iv and m rows,
//
//	dbeta = sum dy, dgamma = sum dy*h, dx = gamma*iv*(dy - dbeta/m - h*dgamma/m)
//
// the last without its two sums where the statistics are frozen.
func (b BatchNorm) backward(d normGrad, x, dy, mean, variance, gamma []float32, batch bool) {
	check(b, "x", len(x), b.Rows*b.C)
	check(b, "dy", len(dy), b.Rows*b.C)
	buf := grab(3 * b.C)
	defer release(buf)
	// Factors of a column: dx = k0*dy + k1*(x-mean) + k2. Each is computed in double
	// precision and rounded once.
	k0, k1, k2 := (*buf)[:b.C], (*buf)[b.C:2*b.C], (*buf)[2*b.C:]
	m := float64(max(b.Rows, 1))
	finish := func(c int, sum []float64) {
		iv := b.inverse(variance[c])
		scale := float64(gamma[c]) * iv
		k0[c], k1[c], k2[c] = float32(scale), 0, 0
		if batch {
			k1[c] = float32(-scale * iv * iv * sum[1] / m)
			k2[c] = float32(-scale * sum[0] / m)
		}
		if d.beta != nil {
			d.beta[c] = float32(sum[0])
		}
		if d.gamma != nil {
			d.gamma[c] = float32(sum[1] * iv)
		}
	}
	columnSums{rows: b.Rows, c: b.C, outputs: 2}.run(func(acc []float32, from, rows int) {
		gradRows(acc, x[from:], dy[from:][:rows*b.C], mean[:b.C])
	}, finish)
	// After the sums, because dx may lie where dy does.
	if d.x != nil {
		check(b, "dx", len(d.x), b.Rows*b.C)
		b.chunks(func(from, to int) {
			backRows(d.x[from:to], dy[from:to], x[from:to], columnGrad{mean, k0, k1, k2})
		})
	}
}

// inverse returns 1/sqrt(variance+Eps).
func (b BatchNorm) inverse(variance float32) float64 {
	return 1 / math.Sqrt(float64(variance)+float64(b.Eps))
}

// chunks runs f over ranges of whole rows.
func (b BatchNorm) chunks(f func(from, to int)) {
	parallel.Chunks(b.Rows, chunkRows, func(r0, r1 int) { f(r0*b.C, r1*b.C) })
}
