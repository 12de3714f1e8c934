package conform

import (
	"context"
	"errors"
	"fmt"

	"montage/core/tensor"
)

// mostParams bounds the parameters whose gradients are checked for one seed. Each seed
// starts at another parameter, so that the seeds together cover more of a large model.
const mostParams = 12

// seeds is the number of random inputs and parameters for the first exercise.
const seeds = 3

// gradients compares gradients with finite differences, for several seeds of the first
// exercise and one seed of each of the others, which include the smallest batch.
func (k *kit) gradients(ctx context.Context) error {
	for i, t := range k.exercises {
		draws := uint64(1)
		if i == 0 {
			draws = seeds
		}
		for seed := uint64(1); seed <= draws; seed++ {
			t.fill(seed)
			if err := k.differences(ctx, t, seed); err != nil {
				return fmt.Errorf("%s, seed %d: %w", t.name, seed, err)
			}
		}
		t.fill(1)
	}
	return nil
}

// Only the forward step is repeated for the differences: the gradients were copied before.
func (k *kit) differences(ctx context.Context, t *exercise, seed uint64) error {
	made, err := k.planned(t)
	if err != nil {
		return err
	}
	if _, err := t.run(ctx, made); err != nil {
		return err
	}
	claimed := map[string]tensor.Tensor{}
	for _, w := range t.results() {
		claimed[w.name] = w.tensor
	}
	forward := func() (float64, error) {
		err := t.guard(t.steps[0].name, func() error { return t.steps[0].do(ctx, made) })
		return t.scalar(), err
	}
	unsteady, pairs := error(nil), chosen(t.pairs, seed)
	// Without parameters and input gradients there is nothing to compare, which is no
	// failure.
	conclusive := len(pairs) == 0
	for _, p := range pairs {
		g := Gradient{Of: p.input.name, X: p.input.tensor.Float32s(), Claimed: claimed[p.gradient.name].Float32s(),
			Step: k.subject.Step, Scalar: forward}
		err := g.Check()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		// At a kink, such as that of a ReLU, differences say nothing about a gradient. The
		// check fails for it only if that is so of all of them.
		case errors.Is(err, ErrUnsteady):
			unsteady = err
		case err != nil:
			return err
		default:
			conclusive = true
		}
	}
	if !conclusive {
		return unsteady
	}
	return nil
}

// chosen spreads its choice evenly over the model.
func chosen(pairs []pair, seed uint64) []pair {
	if len(pairs) <= mostParams {
		return pairs
	}
	out, at := []pair{}, int(seed-1)
	for i := range mostParams {
		out = append(out, pairs[(at+i*len(pairs)/mostParams)%len(pairs)])
	}
	return out
}
