package engine

import (
	"slices"

	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/model"
)

// clearGradients makes the sums over several branches zero.
func (o *Optimizer) clearGradients() {
	if len(o.Branches) < 2 {
		return
	}
	parallel.For(len(o.gradients), func(i int) { clear(o.gradients[i].Float32s()) })
}

// addGradients adds what a branch's modules wrote to the sums over several branches.
func (o *Optimizer) addGradients(b *model.Branch) {
	if len(o.Branches) < 2 {
		return
	}
	modules, at := b.Modules(), 0
	for _, m := range o.modules {
		in := slices.Contains(modules, m)
		for _, gradient := range m.Grads {
			if gradient.IsZero() {
				continue
			}
			if in {
				add(o.gradients[at].Float32s(), gradient.Float32s())
			}
			at++
		}
	}
}

func add(sum, x []float32) {
	for i, v := range x {
		sum[i] += v
	}
}

func scale(t tensor.Tensor, by float64) {
	if by == 1 {
		return
	}
	for i, v := range t.Float32s() {
		t.Float32s()[i] = v * float32(by)
	}
}
