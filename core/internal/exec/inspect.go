package exec

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"montage/core/internal/ir"
	"montage/core/tensor"
)

// OperatorTime is how long one step took, over all runs so far.
type OperatorTime struct {
	// Step is the operator's name and number, such as "conv2d#12 backward".
	Step  string
	Calls int
	Total time.Duration
	// Param is the parameter that the step reads first, or the step before it; -1
	// before any.
	Param int
}

// stopwatch counts a step's runs, which may be on several threads. It needs no lock beyond
// atomic adds: nothing relies on both counts being of one moment.
type stopwatch struct{ calls, total atomic.Int64 }

// Times returns the steps in the order in which they run; nil without Spec.Profile. A step
// of a chain is called once for each group of frames, on several threads. Its time is its
// share of the chain's.
func (p *Executable) Times() []OperatorTime {
	if !p.spec.Profile {
		return nil
	}
	var out []OperatorTime
	for i := range p.plan.steps {
		s := &p.plan.steps[i]
		if s.chain == nil {
			out = append(out, s.time(1))
			continue
		}
		// The links' times add up over all threads and exceed what the chain took. So each
		// gets the share of the chain's time that it has of the sum.
		threads := int64(0)
		for k := range s.chain.links {
			threads += s.chain.links[k].clock.total.Load()
		}
		share := float64(s.chain.clock.total.Load()) / float64(max(threads, 1))
		for k := range s.chain.links {
			out = append(out, s.chain.links[k].time(share))
		}
	}
	for i, s := range out {
		if s.Param < 0 && i > 0 { // a sum of gradients
			out[i].Param = out[i-1].Param
		}
	}
	return out
}

// time reads a step's clock, of which a share counts.
func (s *instruction) time(share float64) OperatorTime {
	return OperatorTime{Step: s.label, Calls: int(s.clock.calls.Load()),
		Total: time.Duration(share * float64(s.clock.total.Load())), Param: s.owner}
}

// each calls f for every step, and for every link instead of its chain.
func (p *schedule) each(f func(*instruction)) {
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

// measure starts a clock and returns what stops it.
func (p *Executable) measure(c *stopwatch) func() {
	if !p.spec.Profile {
		return func() {}
	}
	start := time.Now()
	return func() {
		c.calls.Add(1)
		c.total.Add(int64(time.Since(start)))
	}
}

// results are the tensors that a step must write completely.
func (s *instruction) results(c *ir.Call) []tensor.Tensor {
	list := append([]tensor.Tensor{c.Out}, c.Saved...)
	// An operator's backward writes gradients. Sums of gradients write Out like a forward.
	if s.grad != nil {
		list = c.Grads
	}
	var out []tensor.Tensor
	for _, t := range list {
		// Integers, such as a maximum's place, have no number that stands for unwritten.
		if t.DType == tensor.Float32 {
			out = append(out, t)
		}
	}
	return out
}

// poison fills what a step is to write with NaN.
func (s *instruction) poison(c *ir.Call) {
	// No sound result is NaN, so an element that still is one was not written.
	nan := float32(math.NaN())
	for _, t := range s.results(c) {
		values := t.Float32s()
		for i := range values {
			values[i] = nan
		}
	}
}

// verify reports the first element that a step left as poison had made it.
func (s *instruction) verify(c *ir.Call) error {
	for _, t := range s.results(c) {
		for i, v := range t.Float32s() {
			if v != v {
				return fmt.Errorf("%s: element %d of %v is NaN or was not written", s.label, i, t)
			}
		}
	}
	return nil
}
