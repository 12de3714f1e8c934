package engine

import (
	"math"

	"montage/core/parallel"
	"montage/core/tensor"
)

// clip scales gradients down whose Euclidean norm, over all of them together, is
// greater than a limit; 0 is no limit.
//
// Source: torch.nn.utils.clip_grad_norm_.
func clip(grads []tensor.Tensor, limit float64) {
	if limit == 0 {
		return
	}
	by := limit / (norm(grads) + 1e-6)
	if by >= 1 {
		return
	}
	parallel.For(len(grads), func(i int) {
		for j, v := range grads[i].Float32s() {
			grads[i].Float32s()[j] = v * float32(by)
		}
	})
}

// norm adds up squares in chunks of one size, and the chunks in their order, so
// that the number of threads does not change it.
func norm(grads []tensor.Tensor) float64 {
	type stretch struct {
		values []float32
		sum    float64
	}
	var all []stretch
	for _, g := range grads {
		values := g.Float32s()
		for from := 0; from < len(values); from += chunk {
			all = append(all, stretch{values: values[from:min(from+chunk, len(values))]})
		}
	}
	parallel.For(len(all), func(i int) {
		for _, v := range all[i].values {
			// The conversion keeps processors from fusing, and so rounding, differently.
			all[i].sum += float64(float64(v) * float64(v))
		}
	})
	total := 0.0
	for _, s := range all {
		total += s.sum
	}
	return math.Sqrt(total)
}
