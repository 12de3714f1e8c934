package engine

import (
	"errors"
	"slices"

	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/optim"
	"montage/runner/weight"
)

// gatheredPrefix is in front of the file of a checkpoint that holds the gradients
// of batches which no optimizer's step has used yet.
const accumulatedPrefix = "gradients."

// collection sums gradients of several batches for one step.
type accumulator struct {
	// batches make a step; sums are as the group's parameters, and hold garbage
	// until the first batch of a step.
	batches int
	names   []string
	sums    []tensor.Tensor
}

func newAccumulator(batches int, params []optim.Param) *accumulator {
	if batches < 2 {
		return nil
	}
	c := &accumulator{batches: batches}
	for _, p := range params {
		c.names, c.sums = append(c.names, p.Name), append(c.sums, tensor.New(tensor.Float32, p.Shape...))
	}
	return c
}

// add takes the gradients of one more batch, after so many before it.
func (c *accumulator) add(grads []tensor.Tensor, before int) {
	parallel.For(len(grads), func(i int) {
		sum, grad := c.sums[i].Float32s(), grads[i].Float32s()
		if before == 0 {
			copy(sum, grad)
			return
		}
		add(sum, grad)
	})
}

// mean makes the sums of so many batches their mean.
func (c *accumulator) mean(of int) []tensor.Tensor {
	by := float32(1 / float64(of))
	parallel.For(len(c.sums), func(i int) {
		for j, v := range c.sums[i].Float32s() {
			c.sums[i].Float32s()[j] = v * by
		}
	})
	return c.sums
}

// named returns the sums for a checkpoint.
func (c *accumulator) named() []weight.Named {
	out := make([]weight.Named, len(c.sums))
	for i, t := range c.sums {
		out[i] = weight.Named{Name: c.names[i], Tensor: t}
	}
	return out
}

// due tells whether the optimizer steps at a place: after every so many batches of
// the phase, and at its end with what there is.
func (g *Optimizer) due(phase TrainingPhase, at Position) bool {
	done := at.Epoch*phase.Steps + at.Step + 1
	return g.accumulated == nil || done%g.accumulated.batches == 0 || done >= phase.Total()
}

// due tells whether any optimizer of the phase steps at a place.
func (p TrainingPhase) due(at Position) bool {
	return slices.ContainsFunc(p.Optimizers, func(g *Optimizer) bool { return g.due(p, at) })
}

// gradients returns what the optimizer is to step by, after a batch or, where no
// frame of it could be read, without one; nil where it is not to step yet.
func (g *Optimizer) gradients(phase TrainingPhase, at *Position, batch bool) []tensor.Tensor {
	if g.accumulated == nil {
		if batch {
			return g.sums
		}
		return nil
	}
	if batch {
		g.accumulated.add(g.sums, at.Accumulated[g.Name])
		at.accumulate(g.Name)
	}
	n := at.Accumulated[g.Name]
	if n == 0 || !g.due(phase, *at) {
		return nil
	}
	delete(at.Accumulated, g.Name)
	return g.accumulated.mean(n)
}

// checkGathered refuses sums that this run does not make.
func (e *Engine) checkAccumulated(p Position) error {
	limit := map[string]int{}
	for _, g := range e.optimizers() {
		if g.accumulated != nil {
			limit[g.Name] = g.accumulated.batches
		}
	}
	for name, n := range p.Accumulated {
		if n < 1 || n >= limit[name] {
			return errors.New("the checkpoint belongs to a run that gathers gradients otherwise")
		}
	}
	return nil
}
