package graph

import (
	"fmt"
	"math"
	"time"

	"montage/core/tensor"
)

// StepTime is how long one step took, over all runs so far.
type StepTime struct {
	// Step is the operator's name and number, such as "conv2d#12 backward".
	Step  string
	Calls int
	Total time.Duration
}

// Times returns the steps in the order in which they run; nil without Spec.Profile.
func (p *Program) Times() []StepTime {
	if !p.spec.Profile {
		return nil
	}
	out := make([]StepTime, len(p.plan.steps))
	for i, s := range p.plan.steps {
		out[i] = StepTime{s.label, p.calls[i], p.times[i]}
	}
	return out
}

// measure starts a step's clock and returns what stops it.
func (p *Program) measure(i int) func() {
	if !p.spec.Profile {
		return func() {}
	}
	start := time.Now()
	return func() {
		p.calls[i]++
		p.times[i] += time.Since(start)
	}
}

// results are the tensors that a step must write completely.
func (s *step) results() []tensor.Tensor {
	var out []tensor.Tensor
	values := s.grads
	if !s.backward {
		values = append([]*value{s.out}, s.saved...)
	} else if s.use == nil {
		values = []*value{s.out}
	}
	for _, v := range values {
		if v != nil && v.tensor.DType == tensor.Float32 {
			out = append(out, v.tensor)
		}
	}
	return out
}

func (s *step) poison() {
	nan := float32(math.NaN())
	for _, t := range s.results() {
		values := t.Float32s()
		for i := range values {
			values[i] = nan
		}
	}
}

func (s *step) verify() error {
	for _, t := range s.results() {
		for i, v := range t.Float32s() {
			if v != v {
				return fmt.Errorf("%s: element %d of %v is NaN or was not written", s.label, i, t)
			}
		}
	}
	return nil
}
