package engine

import (
	"errors"
	"slices"

	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/optim"
	"montage/runner/weight"
)

// accumulatedPrefix begins the name of the file of a checkpoint that holds the gradients
// of batches which no optimizer step has used yet.
const accumulatedPrefix = "gradients."

// accumulator sums the gradients of several batches for one step.
type accumulator struct {
	// batches make a step. sums are by the optimizer's parameters, and hold garbage
	// until the first batch of a step.
	batches int
	names   []string
	sums    []tensor.Tensor
}

func newAccumulator(batches int, params []optim.Param) *accumulator {
	if batches < 2 {
		return nil
	}
	a := &accumulator{batches: batches}
	for _, p := range params {
		a.names, a.sums = append(a.names, p.Name), append(a.sums, tensor.New(tensor.Float32, p.Shape...))
	}
	return a
}

// add takes the gradients of one more batch, after so many before it.
func (a *accumulator) add(gradients []tensor.Tensor, before int) {
	parallel.For(len(gradients), func(i int) {
		sum, gradient := a.sums[i].Float32s(), gradients[i].Float32s()
		if before == 0 {
			copy(sum, gradient)
			return
		}
		add(sum, gradient)
	})
}

// mean makes the sums of so many batches their mean.
func (a *accumulator) mean(of int) []tensor.Tensor {
	by := float32(1 / float64(of))
	parallel.For(len(a.sums), func(i int) {
		for j, v := range a.sums[i].Float32s() {
			a.sums[i].Float32s()[j] = v * by
		}
	})
	return a.sums
}

// named returns the sums for a checkpoint.
func (a *accumulator) named() []weight.Named {
	out := make([]weight.Named, len(a.sums))
	for i, t := range a.sums {
		out[i] = weight.Named{Name: a.names[i], Tensor: t}
	}
	return out
}

// stepsAt reports whether the optimizer steps at a position: after every so many batches
// of the phase, and at its end with those that are left.
func (o *Optimizer) stepsAt(phase TrainingPhase, at Position) bool {
	done := at.Epoch*phase.Steps + at.Step + 1
	return o.accumulated == nil || done%o.accumulated.batches == 0 || done >= phase.Total()
}

// stepsAt reports whether any optimizer of the phase steps at a position.
func (p TrainingPhase) stepsAt(at Position) bool {
	return slices.ContainsFunc(p.Optimizers, func(o *Optimizer) bool { return o.stepsAt(p, at) })
}

// due returns the gradients to step by after a batch, or nil where no step is due yet.
// batch is false where no frame of the batch could be read.
func (o *Optimizer) due(phase TrainingPhase, at *Position, batch bool) []tensor.Tensor {
	if o.accumulated == nil {
		if batch {
			return o.gradients
		}
		return nil
	}
	if batch {
		o.accumulated.add(o.gradients, at.Accumulated[o.Name])
		at.accumulate(o.Name)
	}
	n := at.Accumulated[o.Name]
	if n == 0 || !o.stepsAt(phase, *at) {
		return nil
	}
	delete(at.Accumulated, o.Name)
	return o.accumulated.mean(n)
}

// checkAccumulated refuses sums that this run does not keep.
func (e *Engine) checkAccumulated(p Position) error {
	limit := map[string]int{}
	for _, o := range e.optimizers() {
		if o.accumulated != nil {
			limit[o.Name] = o.accumulated.batches
		}
	}
	for name, n := range p.Accumulated {
		if n < 1 || n >= limit[name] {
			return errors.New("the checkpoint belongs to a run that accumulates gradients differently")
		}
	}
	return nil
}
