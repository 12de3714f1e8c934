package graph

import (
	"fmt"
	"math"
	"sync/atomic"
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

// clock counts a step's runs, which may be on several threads.
type clock struct{ calls, total atomic.Int64 }

// Times returns the steps in the order in which they run; nil without
// Spec.Profile. A step that takes some frames at a time is called once for each
// group of them, and its times on several threads add up.
func (p *Program) Times() []StepTime {
	if !p.spec.Profile {
		return nil
	}
	var out []StepTime
	p.plan.each(func(s *step) {
		out = append(out, StepTime{s.label, int(s.clock.calls.Load()), time.Duration(s.clock.total.Load())})
	})
	return out
}

// each calls f for every step, and for every link in place of its chain.
func (p *plan) each(f func(*step)) {
	for i := range p.steps {
		s := &p.steps[i]
		if s.chain == nil {
			f(s)
			continue
		}
		for k := range s.chain.links {
			f(&s.chain.links[k])
		}
	}
}

// measure starts a step's clock and returns what stops it.
func (p *Program) measure(s *step) func() {
	if !p.spec.Profile {
		return func() {}
	}
	start := time.Now()
	return func() {
		s.clock.calls.Add(1)
		s.clock.total.Add(int64(time.Since(start)))
	}
}

// results are the tensors that a step must write completely.
func (s *step) results(c *Call) []tensor.Tensor {
	list := append([]tensor.Tensor{c.Out}, c.Saved...)
	if s.grad != nil {
		list = c.Grads
	}
	var out []tensor.Tensor
	for _, t := range list {
		if t.DType == tensor.Float32 {
			out = append(out, t)
		}
	}
	return out
}

func (s *step) poison(c *Call) {
	nan := float32(math.NaN())
	for _, t := range s.results(c) {
		values := t.Float32s()
		for i := range values {
			values[i] = nan
		}
	}
}

func (s *step) verify(c *Call) error {
	for _, t := range s.results(c) {
		for i, v := range t.Float32s() {
			if v != v {
				return fmt.Errorf("%s: element %d of %v is NaN or was not written", s.label, i, t)
			}
		}
	}
	return nil
}
