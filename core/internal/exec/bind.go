package exec

import (
	"fmt"
	"maps"
	"slices"

	"montage/core/tensor"
)

// bindForward checks what the caller hands in and lays values over it. Inputs come first,
// because they give the symbols their values, which all other shapes are checked with.
func (p *Executable) bindForward(r Bindings) error {
	sizes := map[string]int{}
	if err := p.bindInputs(r.Inputs, sizes); err != nil {
		return err
	}
	// More rows than were planned for would reach into the memory of the next value.
	for _, sym := range slices.Sorted(maps.Keys(sizes)) { // of two that are over, the same is always reported
		if n := sizes[sym]; n > p.spec.Limits[sym] {
			return fmt.Errorf("%s = %d exceeds the limit %d for which the graph was compiled", sym, n,
				p.spec.Limits[sym])
		}
	}
	if err := p.bindPlanned(sizes); err != nil {
		return err
	}
	if len(r.Params) != len(p.plan.params) {
		return fmt.Errorf("expected %d parameters, seen %d", len(p.plan.params), len(r.Params))
	}
	for i, v := range p.plan.params {
		if err := p.check(v, r.Params[i]); err != nil {
			return fmt.Errorf("parameter %q: %w", v.label, err)
		}
		v.tensor = r.Params[i]
	}
	return p.checkResults(r)
}

// It puts the values of the symbols into sizes. A symbol that occurs in several inputs must
// have one value in all of them.
func (p *Executable) bindInputs(inputs []tensor.Tensor, sizes map[string]int) error {
	if len(inputs) != len(p.plan.inputs) {
		return fmt.Errorf("expected %d inputs, seen %d", len(p.plan.inputs), len(inputs))
	}
	for i, v := range p.plan.inputs {
		t := inputs[i]
		if t.DType != v.dtype {
			return fmt.Errorf("input %q: expected %v, seen %v", v.label, v.dtype, t)
		}
		if err := v.shape.Infer(t.Shape, sizes); err != nil {
			return fmt.Errorf("input %q: %w", v.label, err)
		}
		v.tensor = t
	}
	return nil
}

// bindPlanned lays the planned values that exist for all rows over the front of
// their memory.
func (p *Executable) bindPlanned(sizes map[string]int) error {
	// A step like the one before finds everything where it lay. The address is compared
	// too: the workspace takes new memory when a larger executable joins it.
	same := len(p.memory) == len(p.bound) && (len(p.memory) == 0 || &p.memory[0] == &p.bound[0])
	if same && p.sizes != nil && maps.Equal(p.sizes, sizes) {
		return nil
	}
	// Nothing counts as bound until all of it is, or an error on the way would leave a
	// mixture to the next run.
	p.sizes, p.bound, p.rows = nil, p.memory, -1
	for _, v := range p.plan.values {
		// What trains is bound piece by piece.
		if !v.trained {
			if err := p.lay(v, sizes); err != nil {
				return err
			}
		}
	}
	p.sizes = sizes
	return nil
}

// lay lays a value over its memory.
func (p *Executable) lay(v *value, sizes map[string]int) error {
	shape := v.shape.At(sizes)
	n, err := tensor.Elements(shape)
	if err != nil {
		return fmt.Errorf("%s: %w", v.label, err)
	}
	// A value that took over memory begins where its host does.
	from := v.root().offset
	end := from + n*v.dtype.Size()
	// The capacity ends with the value, so that no append reaches its neighbour.
	if v.tensor, err = tensor.View(p.memory[from:end:end], v.dtype, shape...); err != nil {
		return fmt.Errorf("%s: %w", v.label, err)
	}
	return nil
}

// bindPiece lays the values of the part that trains over the front of their
// memory, and the slices over the rows of a piece.
func (p *Executable) bindPiece(s rowRange) error {
	cut := p.plan.pieces
	for _, v := range cut.slices {
		v.tensor = v.whole.tensor.Rows(s.from, s.to)
	}
	if cut.symbol != "" {
		// The map itself is the caller's and must not change.
		p.keys = maps.Clone(p.allKeys)
		if keys, ok := p.allKeys[cut.symbol]; ok {
			// Of too few keys a later piece gets none, and not those of an earlier one again.
			p.keys[cut.symbol] = keys[min(s.from, len(keys)):min(s.to, len(keys))]
		}
	}
	// Pieces of equal size lie alike. Only the slices, which moved on, are bound anew.
	if p.rows == s.to-s.from {
		return nil
	}
	p.rows = -1
	sizes := maps.Clone(p.sizes)
	if cut.symbol != "" {
		sizes[cut.symbol] = s.to - s.from
	}
	for _, v := range p.plan.values {
		if v.trained && v.storage == storagePlanned {
			if err := p.lay(v, sizes); err != nil {
				return err
			}
		}
	}
	p.rows = s.to - s.from
	return nil
}

// checkResults checks the memory that the forward is to write. Lists may be shorter than
// what the graph has: what is missing is not wanted.
func (p *Executable) checkResults(r Bindings) error {
	if len(r.Outputs) > len(p.plan.outputs) || len(r.Updates) > len(p.plan.params) {
		return fmt.Errorf("expected at most %d outputs and %d updates, seen %d and %d",
			len(p.plan.outputs), len(p.plan.params), len(r.Outputs), len(r.Updates))
	}
	for i, t := range r.Outputs {
		if !t.IsZero() {
			if err := p.check(p.plan.outputs[i], t); err != nil {
				return fmt.Errorf("output %q: %w", p.about.Outputs[i].Name, err)
			}
		}
	}
	for i, t := range r.Updates {
		if !t.IsZero() {
			if err := p.check(p.plan.params[i], t); err != nil {
				return fmt.Errorf("update of buffer %q: %w", p.about.Params[i].Name, err)
			}
		}
	}
	return nil
}

// check compares a tensor of the caller's with the value that it is to be. A
// scalar may come as [1].
func (p *Executable) check(v *value, t tensor.Tensor) error {
	want := v.shape.At(p.sizes)
	scalar := len(want) == 0 && tensor.SameShape(t.Shape, []int{1})
	if t.DType != v.dtype || !scalar && !tensor.SameShape(t.Shape, want) {
		return fmt.Errorf("expected %v%v for %v, seen %v", v.dtype, want, v.shape, t)
	}
	return nil
}

// gradientList is one of the three lists of gradients: those of values.
type gradientList struct {
	what   string
	values []*value
	grads  []*value
	given  []tensor.Tensor
}

// bindBackward checks all gradients before it binds one, so that a refused call
// can be made again.
func (p *Executable) bindBackward(g Gradients) error {
	sides := []gradientList{
		{"output", p.plan.outputs, p.plan.outputGrads, g.Outputs},
		{"input", p.plan.inputs, p.plan.inputGrads, g.Inputs},
		{"parameter", p.plan.params, p.plan.paramGrads, g.Params},
	}
	for _, s := range sides {
		if err := p.checkSide(s); err != nil {
			return err
		}
	}
	for _, s := range sides[1:] {
		for i, v := range s.grads {
			if v == nil {
				// No gradient passes to it: the caller gets the truth, which is 0, and not
				// what its memory held.
				clear(at(s.given, i).Bytes())
			}
		}
	}
	return nil
}

// bindGradients lays the gradients over the caller's memory, at the rows of a
// piece. Those of parameters go there for the first piece, and are added for others. All
// were checked before, so it can fail at planned memory alone.
func (p *Executable) bindGradients(g Gradients, s rowRange, first bool) error {
	piece := func(t tensor.Tensor) tensor.Tensor {
		if len(p.ranges) > 1 && !t.IsZero() {
			return t.Rows(s.from, s.to)
		}
		return t
	}
	for i, v := range p.plan.outputGrads {
		// An output whose gradient the caller leaves out adds nothing to the objective.
		if t := at(g.Outputs, i); v != nil && t.IsZero() {
			v.tensor = piece(tensor.New(v.dtype, v.shape.At(p.sizes)...))
		} else if v != nil {
			v.tensor = piece(t)
		}
	}
	for i, v := range p.plan.inputGrads {
		if v != nil {
			v.tensor = piece(at(g.Inputs, i))
		}
	}
	// The first piece writes the caller's memory. So nothing is cleared before, and a run
	// in one piece adds nothing at all.
	p.sums = nil
	if !first {
		p.sums = g.Params
	}
	for i, v := range p.plan.paramGrads {
		if v == nil {
			continue
		}
		v.tensor = at(g.Params, i)
		// Later pieces compute into planned memory, from which accumulate adds.
		if !first && !v.tensor.IsZero() {
			if err := p.lay(v, p.sizes); err != nil {
				return err
			}
		}
	}
	return nil
}

// It only reads: nothing of the caller's is written before all three lists are found right.
func (p *Executable) checkSide(s gradientList) error {
	if len(s.given) > len(s.values) {
		return fmt.Errorf("expected at most %d gradients of %ss, seen %d", len(s.values), s.what, len(s.given))
	}
	for i, t := range s.given {
		if t.IsZero() {
			continue
		}
		if err := p.check(s.values[i], t); err != nil {
			return fmt.Errorf("gradient of %s %d (%s): %w", s.what, i, s.values[i].label, err)
		}
	}
	return nil
}
