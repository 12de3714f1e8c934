package metric

import (
	"math"
	"testing"
)

func TestRound(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		v        float64
		decimals int
		want     float64
	}{
		{0, 1, 0}, {12.34, 1, 12.3}, {12.35, 1, 12.4}, {-12.35, 1, -12.4}, {0.123449, 4, 0.1234}, {0.99996, 4, 1},
		{-0.04, 1, 0}, {1e17, 1, 1e17}, {1e300, 4, 1e300}, {math.MaxFloat64, 4, math.MaxFloat64},
		{-math.MaxFloat64, 1, -math.MaxFloat64}, {math.SmallestNonzeroFloat64, 1, 0}, {inf, 1, inf}, {-inf, 4, -inf},
		{nan, 1, nan}, {nan, 4, nan},
	} {
		if got := Round(c.v, c.decimals); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("Round(%v, %d) = %v, want %v", c.v, c.decimals, got, c.want)
		}
	}
}
