package engine

import (
	"errors"
	"slices"

	"montage/core/kernel"
	"montage/core/tensor"
	"montage/runner/optim"
	"montage/runner/weight"
)

// gatheredPrefix is in front of the file of a checkpoint that holds the gradients
// of batches which no optimizer's step has used yet.
const gatheredPrefix = "gradients."

// collection sums gradients of several batches for one step.
type collection struct {
	// batches make a step; sums are as the group's parameters, and hold garbage
	// until the first batch of a step.
	batches int
	names   []string
	sums    []tensor.Tensor
}

func newCollection(batches int, params []optim.Param) *collection {
	if batches < 2 {
		return nil
	}
	c := &collection{batches: batches}
	for _, p := range params {
		c.names, c.sums = append(c.names, p.Name), append(c.sums, tensor.New(tensor.Float32, p.Shape...))
	}
	return c
}

// add takes the gradients of one more batch, after so many before it.
func (c *collection) add(grads []tensor.Tensor, before int) {
	kernel.Parallel(len(grads), func(i int) {
		sum, grad := c.sums[i].Float32s(), grads[i].Float32s()
		if before == 0 {
			copy(sum, grad)
			return
		}
		add(sum, grad)
	})
}

// mean makes the sums of so many batches their mean.
func (c *collection) mean(of int) []tensor.Tensor {
	by := float32(1 / float64(of))
	kernel.Parallel(len(c.sums), func(i int) {
		for j, v := range c.sums[i].Float32s() {
			c.sums[i].Float32s()[j] = v * by
		}
	})
	return c.sums
}

// named returns the sums for a checkpoint.
func (c *collection) named() []weight.Named {
	out := make([]weight.Named, len(c.sums))
	for i, t := range c.sums {
		out[i] = weight.Named{Name: c.names[i], Tensor: t}
	}
	return out
}

// due tells whether the optimizer steps at a place: after every so many batches of
// the phase, and at its end with what there is.
func (g *Group) due(phase Phase, at Place) bool {
	done := at.Epoch*phase.Steps + at.Step + 1
	return g.gathered == nil || done%g.gathered.batches == 0 || done >= phase.Total()
}

// due tells whether any optimizer of the phase steps at a place.
func (p Phase) due(at Place) bool {
	return slices.ContainsFunc(p.Groups, func(g *Group) bool { return g.due(p, at) })
}

// gradients returns what the optimizer is to step by, after a batch or, where no
// frame of it could be read, without one; nil where it is not to step yet.
func (g *Group) gradients(phase Phase, at *Place, batch bool) []tensor.Tensor {
	if g.gathered == nil {
		if batch {
			return g.sums
		}
		return nil
	}
	if batch {
		g.gathered.add(g.sums, at.Gathered[g.Name])
		at.gather(g.Name)
	}
	n := at.Gathered[g.Name]
	if n == 0 || !g.due(phase, *at) {
		return nil
	}
	delete(at.Gathered, g.Name)
	return g.gathered.mean(n)
}

// checkGathered refuses sums that this run does not make.
func (e *Engine) checkGathered(p Place) error {
	limit := map[string]int{}
	for _, g := range e.groups() {
		if g.gathered != nil {
			limit[g.Name] = g.gathered.batches
		}
	}
	for name, n := range p.Gathered {
		if n < 1 || n >= limit[name] {
			return errors.New("the checkpoint belongs to a run that gathers gradients otherwise")
		}
	}
	return nil
}
