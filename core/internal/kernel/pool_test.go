package kernel

import (
	"math"
	"testing"
)

// Each channel is one of: all -Inf, a NaN first, in the middle, last, and numbers.
func TestMaxOfSpecialValues(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		inf, nan := float32(math.Inf(-1)), float32(math.NaN())
		channels := [][4]float32{
			{inf, inf, inf, inf}, {nan, 1, 2, 3}, {1, 2, nan, 3}, {1, 2, 3, nan}, {-4, -3, -2, -3},
		}
		at, want := []int32{0, 0, 2, 3, 2}, []float32{inf, nan, nan, nan, -2}
		p := Pool{N: 1, H: 2, W: 2, C: 13, Size: 2, Stride: 2}
		x := make([]float32, 4*p.C)
		for i := range x {
			x[i] = channels[i%p.C%len(channels)][i/p.C]
		}
		y, bare, arg := filled(p.C), filled(p.C), make([]int32, p.C)
		p.Max(y, arg, x)
		p.Max(bare, nil, x)
		for c := range y {
			i := c % len(channels)
			if math.Float32bits(y[c]) != math.Float32bits(bare[c]) || arg[c] != at[i] ||
				!(y[c] == want[i] || y[c] != y[c] && want[i] != want[i]) {
				t.Errorf("channel %d: %v at %d, without arg %v, expected %v at %d",
					c, y[c], arg[c], bare[c], want[i], at[i])
			}
		}
	})
}

func TestMaxBackwardSkipsPadding(t *testing.T) {
	// With so much padding the corner windows lie outside the map.
	p := Pool{N: 1, H: 1, W: 1, C: 1, Size: 1, Stride: 1, Pad: 1}
	y, arg, dx := filled(9), make([]int32, 9), filled(1)
	p.Max(y, arg, []float32{3})
	p.MaxBackward(dx, []float32{1, 1, 1, 1, 7, 1, 1, 1, 1}, arg)
	near(t, "dx", dx, []float32{7})
	if !math.IsInf(float64(y[0]), -1) || y[4] != 3 {
		t.Errorf("y is %v, expected -Inf around 3", y)
	}
}

func TestPoolOfNothing(t *testing.T) {
	p := Pool{H: 2, W: 2, C: 2, Size: 2, Stride: 2}
	p.Max(nil, nil, nil)
	p.Avg(nil, nil)
	p.MaxBackward(nil, nil, nil)
	p.AvgBackward(nil, nil)
	if h, w := (Pool{H: 2, W: 3, Size: 3, Stride: 2}).Out(); h != 0 || w != 1 {
		t.Errorf("output is %d by %d, expected 0 by 1", h, w)
	}
}

func BenchmarkPool(b *testing.B) {
	p := Pool{N: 4, H: 112, W: 112, C: 64, Size: 3, Stride: 2, Pad: 1}
	h, w := p.Out()
	x, y, arg := random(1, p.N*p.H*p.W*p.C), filled(p.N*h*w*p.C), make([]int32, p.N*h*w*p.C)
	b.Run("max", func(b *testing.B) { bytes(b, len(x), func() { p.Max(y, nil, x) }) })
	b.Run("max with arg", func(b *testing.B) { bytes(b, len(x), func() { p.Max(y, arg, x) }) })
	b.Run("max backward", func(b *testing.B) { bytes(b, len(x), func() { p.MaxBackward(x, y, arg) }) })
	b.Run("average", func(b *testing.B) { bytes(b, len(x), func() { p.Avg(y, x) }) })
}
