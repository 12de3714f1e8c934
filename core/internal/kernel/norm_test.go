package kernel

import (
	"math"
	"testing"
)

// Columns with a mean of thousands of deviations: E[x²]-E[x]² would have no digit right.
func TestVarianceSurvivesLargeMean(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		b := BatchNorm{Rows: 1001, C: 19, Eps: 1e-5}
		x := random(1, b.Rows*b.C)
		for i := range x {
			x[i] += float32(i%b.C) * 400
		}
		mean, variance := filled(b.C), filled(b.C)
		b.Stats(mean, variance, x)
		for c := range b.C {
			m, v := moments(x[c:], b.C)
			if math.Abs(float64(mean[c])-m) > 1e-6*math.Abs(m)+1e-6 || math.Abs(float64(variance[c])-v) > 1e-5*v {
				t.Errorf("column %d: mean %v and variance %v, expected %v and %v", c, mean[c], variance[c], m, v)
			}
		}
	})
}

func moments(x []float32, step int) (mean, variance float64) {
	n := float64((len(x) + step - 1) / step)
	for i := 0; i < len(x); i += step {
		mean += float64(x[i]) / n
	}
	for i := 0; i < len(x); i += step {
		variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / n
	}
	return mean, variance
}

// The gradients of sum(y*dy) over many chunks, against differences in float64.
func TestNormGradientsAreDifferences(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		b := BatchNorm{Rows: 2*chunkRows + 3, C: 11, Eps: 1e-3}
		x, dy, gamma, beta := random(1, b.Rows*b.C), random(2, b.Rows*b.C), random(3, b.C), random(4, b.C)
		mean, variance := filled(b.C), filled(b.C)
		b.Stats(mean, variance, x)
		dx, dgamma, dbeta := filled(len(x)), filled(b.C), filled(b.C)
		b.BackwardBatch(dx, dgamma, dbeta, x, dy, mean, variance, gamma)
		loss := func() float64 { return b.loss(x, dy, gamma, beta) }
		for _, at := range []int{0, 5, b.C*chunkRows + 7, len(x) - 1} {
			differs(t, "dx", dx[at], slope(&x[at], loss))
		}
		for c := range b.C {
			differs(t, "dgamma", dgamma[c], slope(&gamma[c], loss))
			differs(t, "dbeta", dbeta[c], slope(&beta[c], loss))
		}
	})
}

// loss is the sum of y*dy, with y normalised by its own statistics.
func (b BatchNorm) loss(x, dy, gamma, beta []float32) float64 {
	sum := 0.0
	for c := range b.C {
		m, v := moments(x[c:], b.C)
		for i := c; i < len(x); i += b.C {
			h := (float64(x[i]) - m) / math.Sqrt(v+float64(b.Eps))
			sum += (h*float64(gamma[c]) + float64(beta[c])) * float64(dy[i])
		}
	}
	return sum
}

// slope is the central difference of f in *at.
func slope(at *float32, f func() float64) float64 {
	const step = 1.0 / 64
	was := *at
	defer func() { *at = was }()
	*at = was + step
	high, width := f(), float64(*at)
	*at = was - step
	return (high - f()) / (width - float64(*at))
}

func differs(t *testing.T, what string, got float32, want float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-4*(1+math.Abs(want)) {
		t.Errorf("%s is %v, differences give %v", what, got, want)
	}
}

func TestNormWritesInPlaceAndSkipsNil(t *testing.T) {
	b := BatchNorm{Rows: 300, C: 9, Eps: 1e-5}
	x, dy, ones, zeros := random(1, b.Rows*b.C), random(2, b.Rows*b.C), filled(b.C), make([]float32, b.C)
	for i := range ones {
		ones[i] = 1
	}
	mean, variance := filled(b.C), filled(b.C)
	b.Stats(mean, variance, x)
	dx, y := filled(len(x)), filled(len(x))
	b.BackwardBatch(dx, nil, nil, x, dy, mean, variance, ones)
	b.BackwardBatch(nil, nil, nil, x, dy, mean, variance, ones)
	b.BackwardBatch(dy, nil, nil, x, dy, mean, variance, ones)
	near(t, "dx in place of dy", dy, dx)
	b.Apply(y, x, mean, variance, ones, zeros)
	b.Apply(x, x, mean, variance, ones, zeros)
	near(t, "y in place of x", x, y)
}

func TestNormOfNothing(t *testing.T) {
	b := BatchNorm{C: 2, Eps: 1e-5}
	mean, variance, dgamma, dbeta := filled(2), filled(2), filled(2), filled(2)
	b.Stats(mean, variance, nil)
	b.Apply(nil, nil, mean, variance, []float32{1, 1}, []float32{0, 0})
	b.BackwardBatch(nil, dgamma, dbeta, nil, nil, mean, variance, []float32{1, 1})
	for _, s := range [][]float32{mean, variance, dgamma, dbeta} {
		near(t, "empty batch", s, []float32{0, 0})
	}
	BatchNorm{Rows: 3}.Stats(nil, nil, nil)
	BatchNorm{Rows: 3}.Apply(nil, nil, nil, nil, nil, nil)
}

func BenchmarkNorm(b *testing.B) {
	n := BatchNorm{Rows: 40 * 14 * 14, C: 256, Eps: 1e-5}
	x, y, m := random(1, n.Rows*n.C), filled(n.Rows*n.C), random(2, n.C)
	v := make([]float32, n.C)
	b.Run("stats", func(b *testing.B) { bytes(b, len(x), func() { n.Stats(v, v, x) }) })
	n.Stats(make([]float32, n.C), v, x)
	b.Run("apply", func(b *testing.B) { bytes(b, len(x), func() { n.Apply(y, x, m, v, m, m) }) })
	b.Run("backward", func(b *testing.B) {
		bytes(b, len(x), func() { n.BackwardBatch(y, nil, nil, x, x, m, v, m) })
	})
}

// bytes reports speed by the size of one map.
func bytes(b *testing.B, floats int, f func()) {
	b.SetBytes(4 * int64(floats))
	for b.Loop() {
		f()
	}
}
