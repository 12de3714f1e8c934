package engine

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"montage/core/tensor"
)

// TestClip is a vector of length 13 in two tensors.
func TestClip(t *testing.T) {
	for limit, want := range map[float64][]float32{0: {3, 4, 12}, 13.5: {3, 4, 12}, 6.5: {1.5, 2, 6},
		1.3: {0.3, 0.4, 1.2}} {
		grads := []tensor.Tensor{tensor.FromFloat32([]float32{3, 4}), tensor.FromFloat32([]float32{12})}
		clip(grads, limit)
		got := slices.Concat(grads[0].Float32s(), grads[1].Float32s())
		for i, w := range want {
			if math.Abs(float64(got[i]-w)) > 1e-6 {
				t.Errorf("clipped to %g: %v, want %v", limit, got, want)
			}
		}
	}
}

func TestNormDoesNotDependOnThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	grads := []tensor.Tensor{tensor.New(tensor.Float32, 3*chunk+5), tensor.New(tensor.Float32, 7)}
	want := 0.0
	for i := range grads[0].Float32s() {
		v := float32(math.Sin(float64(i))) * float32(math.Pow(10, float64(i%9)))
		grads[0].Float32s()[i] = v
		want += float64(v) * float64(v)
	}
	var first float64
	for _, threads := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(threads)
		got := norm(grads)
		if first == 0 {
			first = got
		}
		if got != first || math.Abs(got-math.Sqrt(want)) > 1e-9*got {
			t.Errorf("%d threads: norm %v, want %v, about %v", threads, got, first, math.Sqrt(want))
		}
	}
}
