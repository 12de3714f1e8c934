package exec

import (
	"errors"
	"fmt"

	"montage/core/hint"
	"montage/core/internal/ir"
	"montage/core/parallel"
	"montage/core/tensor"
)

// Forward computes the outputs. The values of the symbols are those of the
// inputs' shapes.
func (p *Executable) Forward(r Bindings) error {
	// Not pending from here on: a forward that fails half-way leaves values that no
	// backward may read.
	p.pending, p.memory = false, p.space.claim(p)
	if err := p.bindForward(r); err != nil {
		return err
	}
	// All keys for the frozen part, which takes all rows. A piece gets those of its own.
	p.keys, p.allKeys = r.Keys, r.Keys
	for _, s := range p.fused {
		p.space.prepare(s, r.Revision)
	}
	// The part that does not train keeps nothing for a backward, so it takes all rows at
	// once. Only the rest needs to be cut into pieces.
	if err := p.steps(0, p.plan.frozen); err != nil {
		return err
	}
	// The range is not read for this part. The pieces are still those of the last run here.
	p.hand(r, rowRange{}, false)
	p.ranges = p.plan.pieces.ranges(p.sizes[p.plan.pieces.symbol])
	for i := range p.ranges {
		if err := p.piece(i); err != nil {
			return err
		}
		p.hand(r, p.ranges[i], true)
	}
	for i, v := range p.plan.params { // which an update may have moved on
		v.tensor = r.Params[i]
	}
	p.pending = p.spec.Gradient
	return nil
}

// piece runs the forward of the part that trains for some rows.
func (p *Executable) piece(i int) error {
	p.held = i
	if err := p.bindPiece(p.ranges[i]); err != nil {
		return err
	}
	return p.steps(p.plan.frozen, p.plan.forward)
}

// hand copies the outputs and updates of one part to the caller: all rows of the part that
// does not train, or a piece's rows of the part that does. The next piece updates a buffer
// from where this one left it.
func (p *Executable) hand(r Bindings, s rowRange, trained bool) {
	for i, v := range p.plan.outputs {
		// A tensor that is not wanted has no bytes, so copying into it does nothing.
		if t := at(r.Outputs, i); v.trained == trained && trained && len(p.ranges) > 1 && !t.IsZero() {
			copy(t.Rows(s.from, s.to).Bytes(), v.tensor.Bytes())
		} else if v.trained == trained {
			copy(t.Bytes(), v.tensor.Bytes())
		}
	}
	for _, u := range p.plan.updates {
		if t := at(r.Updates, u.buffer); u.value.trained == trained && !t.IsZero() {
			copy(t.Bytes(), u.value.tensor.Bytes())
			if len(p.ranges) > 1 && trained {
				p.plan.params[u.buffer].tensor = t
			}
		}
	}
}

// Pending reports whether a Backward may follow the last Forward: it was for gradients,
// no Backward has followed yet, and no other executable has taken the memory.
func (p *Executable) Pending() bool { return p.pending && p.space.holder == p }

// Backward computes the gradients of the last Forward. It overwrites what the forward kept,
// so it runs once.
func (p *Executable) Backward(g Gradients) error {
	if !p.Pending() {
		return hint.With(errors.New("backward without a forward before it"),
			"compile with Spec.Gradient, and run Forward before every Backward")
	}
	if err := p.bindBackward(g); err != nil {
		return err
	}
	// From here on memory is overwritten, so a backward that fails cannot be tried again.
	p.pending = false
	last := len(p.ranges) - 1
	for i := range p.ranges { // the last piece first: its forward is still in memory
		// The others follow from the first on. Their forward is repeated from the frozen
		// part's values, which are still there.
		k := (last + i) % len(p.ranges)
		if k != p.held {
			if err := p.piece(k); err != nil {
				return err
			}
		}
		if err := p.bindGradients(g, p.ranges[k], i == 0); err != nil {
			return err
		}
		if err := p.steps(p.plan.forward, len(p.plan.steps)); err != nil {
			return err
		}
	}
	return nil
}

// at returns an optional element.
func at(list []tensor.Tensor, i int) tensor.Tensor {
	if i < len(list) {
		return list[i]
	}
	return tensor.Tensor{}
}

// steps runs some steps of the plan.
func (p *Executable) steps(from, to int) error {
	for i := from; i < to; i++ {
		s := &p.plan.steps[i]
		if s.chain != nil {
			if err := p.runChain(s.chain); err != nil {
				return err
			}
			continue
		}
		c := s.call(p.keys)
		// Only the caller's tensors can be absent. Gradients on the way always have memory,
		// so no later step misses what is skipped here.
		if s.of != nil && s.backward && !wanted(c) { // the caller wants none of its gradients
			continue
		}
		if err := p.perform(s, c, nil); err != nil {
			return err
		}
		p.accumulate(s)
	}
	return nil
}

// perform runs one step. A panic in an operator is an error of that operator. It recovers
// here because only the goroutine that panicked can: in a chain that is a worker's.
func (p *Executable) perform(s *instruction, c *ir.Call, w *workerMemory) (err error) {
	defer p.measure(s.clock)()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v", s.label, r)
		}
	}()
	// A result may not lie where an input lies then. That is why a check forbids taking
	// over.
	if p.spec.Check {
		s.poison(c)
	}
	if s.fused != nil {
		s.fused.forward(c, w)
	} else if err := s.compute(c); err != nil {
		return fmt.Errorf("%s: %w", s.label, err)
	}
	if p.spec.Check {
		return s.verify(c)
	}
	return nil
}

// call returns the tensors that a step works on.
func (s *instruction) call(keys map[string][]uint64) *ir.Call {
	c := &ir.Call{RandomKeys: keys, In: make([]tensor.Tensor, len(s.in))}
	for i, v := range s.in {
		c.In[i] = v.tensor
		if s.read != nil && !s.read[i] {
			// The shape alone: the memory may be another value's by now, and a read must
			// fail rather than find garbage.
			c.In[i] = tensor.Tensor{Shape: v.tensor.Shape}
		}
	}
	for _, v := range s.saved {
		c.Saved = append(c.Saved, v.tensor)
	}
	c.Out = s.out.tensor
	if s.backward && !s.readOut {
		c.Out = tensor.Tensor{Shape: s.out.tensor.Shape}
	}
	// Forward steps and sums of gradients have no incoming gradient.
	if s.grad == nil {
		return c
	}
	c.Grad, c.Grads = s.grad.tensor, make([]tensor.Tensor, len(s.grads))
	for i, v := range s.grads {
		if v != nil {
			c.Grads[i] = v.tensor
		}
	}
	return c
}

// wanted reports whether a backward has anything to write.
func wanted(c *ir.Call) bool {
	for _, t := range c.Grads {
		if !t.IsZero() {
			return true
		}
	}
	return false
}

// accumulate adds the gradients of parameters that a step computed for a piece to those of
// the pieces before it. The pieces come in an order that depends on the number of rows
// alone, and so do the bits of the sum.
func (p *Executable) accumulate(s *instruction) {
	if p.sums == nil || !s.backward {
		return
	}
	// A sum of gradients has the parameter's gradient as its result, and an operator as one
	// of its gradients.
	for _, v := range append(compact(s.grads), s.out) {
		if v.storage != storageParamGrad {
			continue
		}
		if sum := at(p.sums, v.index); !sum.IsZero() {
			addInto(sum, sum, v.tensor)
		}
	}
}

// addGradients computes a sum of gradients.
func addGradients(c *ir.Call) error {
	addInto(c.Out, c.In[0], c.In[1])
	return nil
}

// chunk is how many elements one goroutine adds at a time.
const chunk = 1 << 14

// addInto writes a sum, nothing where the caller does not want it. Each element is one
// addition, so no division among threads changes a bit.
func addInto(out, a, b tensor.Tensor) {
	y, x, z := out.Float32s(), a.Float32s(), b.Float32s()
	parallel.Chunks(len(y), chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = x[i] + z[i]
		}
	})
}
