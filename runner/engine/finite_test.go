package engine

import (
	"math"
	"testing"
)

func TestFirstBad(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 7, chunk, chunk + 1, 2*chunk + 5} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i%7) - 3
		}
		if at := firstBad(values); at != -1 {
			t.Errorf("%d good values: %d is said to be bad", n, at)
		}
		for _, at := range []int{0, n / 2, n - 1} {
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				if n == 0 {
					continue
				}
				old := values[at]
				values[at] = float32(v)
				if got := firstBad(values); got != at {
					t.Errorf("%v at %d of %d is found at %d", v, at, n, got)
				}
				values[at] = old
			}
		}
	}
	if at := firstBad([]float32{math.MaxFloat32, -math.MaxFloat32, 1e-45}); at != -1 {
		t.Errorf("the largest numbers are said to be bad at %d", at)
	}
}
