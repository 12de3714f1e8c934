package graph

import (
	"errors"
	"fmt"

	"montage/core/tensor"
)

// Run is what one forward works on. Inputs and Params are in the order of their
// declaration. They are read in place and must stay as they are until a Backward
// that follows has returned.
type Run struct {
	Inputs []tensor.Tensor
	Params []tensor.Tensor
	// Outputs are written; zero tensors and missing ones are not wanted.
	Outputs []tensor.Tensor
	// Updates, by parameter, receive the new values of buffers; zero tensors and
	// missing ones are not wanted.
	Updates []tensor.Tensor
	// Keys are the random keys of the rows that a symbol counts. A graph with
	// dropout needs those of its rows when training.
	Keys map[string][]uint64
}

// Gradients is what one backward works on.
type Gradients struct {
	// Outputs are the gradients of the objective by the outputs; a zero tensor
	// stands for zeros.
	Outputs []tensor.Tensor
	// Inputs and Params are written; zero tensors and missing ones are not wanted.
	// What has no gradient, such as a frozen parameter, gets zeros.
	Inputs []tensor.Tensor
	Params []tensor.Tensor
}

// Forward computes the outputs. The values of the symbols are those of the
// inputs' shapes.
func (p *Program) Forward(r Run) error {
	p.pending = false
	if err := p.bindForward(r); err != nil {
		return err
	}
	p.keys = r.Keys
	for i := range p.plan.forward {
		if err := p.step(i); err != nil {
			return err
		}
	}
	for i, v := range p.plan.outputs {
		copy(at(r.Outputs, i).Bytes(), v.tensor.Bytes())
	}
	for _, u := range p.plan.updates {
		copy(at(r.Updates, u.buffer).Bytes(), u.node.value.tensor.Bytes())
	}
	p.pending = p.spec.Gradient
	return nil
}

// Backward computes the gradients of the last Forward, once: it uses up what the
// forward kept.
func (p *Program) Backward(g Gradients) error {
	if !p.pending {
		return errors.New("backward without a forward before it\nhint: compile with Spec.Gradient, and run Forward before every Backward")
	}
	if err := p.bindBackward(g); err != nil {
		return err
	}
	p.pending = false
	for i := p.plan.forward; i < len(p.plan.steps); i++ {
		if err := p.step(i); err != nil {
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

// step runs one step. A panic in an operator is an error of that operator.
func (p *Program) step(i int) (err error) {
	s := &p.plan.steps[i]
	defer p.measure(i)()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s panicked: %v", s.label, r)
		}
	}()
	if p.spec.Check {
		s.poison()
	}
	if s.use == nil {
		addInto(s.out.tensor, s.in[0].tensor, s.in[1].tensor)
	} else if err := s.run(p.keys); err != nil {
		return fmt.Errorf("%s: %w", s.label, err)
	}
	if p.spec.Check {
		return s.verify()
	}
	return nil
}

func (s *step) run(keys map[string][]uint64) error {
	c := Call{keys: keys, In: make([]tensor.Tensor, len(s.in))}
	for i, v := range s.in {
		c.In[i] = tensor.Tensor{Shape: s.use.in[i].value.tensor.Shape}
		if v != nil {
			c.In[i] = v.tensor
		}
	}
	for _, v := range s.saved {
		c.Saved = append(c.Saved, v.tensor)
	}
	c.Out = tensor.Tensor{Shape: s.use.out.value.tensor.Shape}
	if s.out != nil {
		c.Out = s.out.tensor
	}
	if !s.backward {
		return s.use.op.Forward(&c)
	}
	c.Grad, c.Grads = s.grad.tensor, make([]tensor.Tensor, len(s.grads))
	wanted := false
	for i, v := range s.grads {
		if v != nil {
			c.Grads[i] = v.tensor
			wanted = wanted || !v.tensor.IsZero()
		}
	}
	if !wanted { // the caller does not want what the plan allows
		return nil
	}
	return s.use.op.Backward(&c)
}

// addInto writes a sum of gradients, nothing where the caller does not want it.
func addInto(out, a, b tensor.Tensor) {
	y, x, z := out.Float32s(), a.Float32s(), b.Float32s()
	inChunks(len(y), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = x[i] + z[i]
		}
	})
}
