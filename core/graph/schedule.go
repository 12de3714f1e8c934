package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// step is one run of an operator, of several fused into one, or a sum of
// gradients; or a chain of such steps.
type step struct {
	label    string
	use      *instance // nil for a sum and a chain
	compute  func(*Call) error
	fused    *fusion // nil for none
	chain    *chain  // nil for none
	backward bool
	in       []*value
	read     []bool // which of in have values and not only shapes; nil for all
	out      *value
	readOut  bool // of a Backward
	saved    []*value
	grad     *value
	grads    []*value // nil where not wanted
	clock    *clock
}

// plan is the order of the steps and the values that they work on.
type plan struct {
	steps []step
	// The first steps are those that no wanted gradient depends on, the next ones
	// the rest of the forward.
	frozen, forward int
	values          []*value
	inputs          []*value
	params          []*value
	outputs         []*value
	updates         []update
	pieces          pieces
	check           bool // results are filled before their steps run

	// By output, input and parameter; nil where no gradient passes.
	outputGrads, inputGrads, paramGrads []*value
}

// schedule turns the graph into steps. Nodes run in the order of their making,
// which is sorted because a node is made from existing ones; but what no gradient
// can reach comes first.
func (b *Builder) schedule(d derivative) (plan, error) {
	p := plan{
		updates:     b.updates,
		outputGrads: make([]*value, len(b.outputs)),
		inputGrads:  make([]*value, len(b.inputs)),
		paramGrads:  make([]*value, len(b.params)),
	}
	b.collect(&p)
	live, trained := b.live(), b.trained(d)
	for _, late := range []bool{false, true} {
		for _, u := range b.uses {
			if live[u] && trained[u.out] == late {
				u.out.value.trained = late
				p.steps = append(p.steps, u.forwardStep())
			}
		}
		if !late {
			p.frozen = len(p.steps)
		}
	}
	p.forward = len(p.steps)
	return p, b.scheduleBackward(&p, d)
}

func (b *Builder) collect(p *plan) {
	for _, n := range b.inputs {
		p.inputs = append(p.inputs, n.value)
	}
	for _, n := range b.params {
		p.params = append(p.params, n.node.value)
	}
	for _, o := range b.outputs {
		p.outputs = append(p.outputs, o.node.value)
	}
}

// trained returns the nodes that depend on a leaf whose gradient is wanted.
func (b *Builder) trained(d derivative) map[*Node]bool {
	trained := map[*Node]bool{}
	for _, n := range d.leaves {
		trained[n] = true
	}
	for _, u := range b.uses {
		for _, n := range u.in {
			if trained[n] {
				trained[u.out] = true
			}
		}
	}
	return trained
}

// live returns the operators that outputs and updates are made of.
func (b *Builder) live() map[*instance]bool {
	live := map[*instance]bool{}
	for _, o := range b.outputs {
		live[o.node.use] = true
	}
	for _, u := range b.updates {
		live[u.node.use] = true
	}
	for i := len(b.uses) - 1; i >= 0; i-- {
		if !live[b.uses[i]] {
			continue
		}
		for _, n := range b.uses[i].in {
			if n.use != nil {
				live[n.use] = true
			}
		}
	}
	return live
}

func (u *instance) forwardStep() step {
	s := step{label: u.label, use: u, compute: u.op.Forward, out: u.out.value, saved: u.saved}
	for _, n := range u.in {
		s.in = append(s.in, n.value)
	}
	for _, v := range s.saved {
		v.trained = u.out.value.trained
	}
	return s
}

// scheduleBackward follows the nodes that differentiation added.
func (b *Builder) scheduleBackward(p *plan, d derivative) error {
	values := map[*G.Node]*value{} // of gradients
	final := b.destinations(p, d)
	for i, seed := range d.seeds {
		if seed != nil {
			values[seed] = b.nodes[seed].value
			p.outputGrads[i] = values[seed]
		}
	}
	steps := map[*G.Node]int{} // of vjps
	for _, n := range b.expr.AllNodes() {
		switch op := n.Op().(type) {
		case nil, *forwardSymbol:
		case *vjpSymbol:
			children := b.children(n)
			steps[n] = len(p.steps)
			p.steps = append(p.steps, op.use.backwardStep(values[children[len(children)-1]]))
		case *pickSymbol:
			s := &p.steps[steps[b.children(n)[0]]]
			v := final[n]
			if v == nil && op.use.op.passes {
				values[n] = s.grad // read where it lies
				continue
			}
			if v == nil {
				in := op.use.in[op.input].value
				v = &value{label: op.name, dtype: in.dtype, shape: in.shape, trained: true}
			}
			values[n] = v
			s.grads[op.input] = v
		default:
			if !b.isSum(op) {
				return fmt.Errorf("the graph holds an operator of Gorgonia's, %v\nhint: use the operators of package "+
					"graph", op)
			}
			s := sumStep(b.children(n), values, final[n])
			values[n] = s.out
			p.steps = append(p.steps, s)
		}
	}
	p.tidy()
	return nil
}

// tidy drops backward steps that have nothing to write, and what forward steps
// keep for no one.
func (p *plan) tidy() {
	steps, kept := p.steps[:p.forward:p.forward], map[*instance]bool{}
	for _, s := range p.steps[p.forward:] {
		if s.use != nil {
			kept[s.use] = true
		}
		if s.use == nil || len(compact(s.grads)) > 0 {
			steps = append(steps, s)
		}
	}
	for i := range p.forward {
		if s := &steps[i]; s.use.op.forgoes && !kept[s.use] {
			s.saved = nil
		}
	}
	p.steps = steps
}

// compact returns the values that are there.
func compact(list []*value) []*value {
	var out []*value
	for _, v := range list {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// destinations says which gradients go straight into the caller's memory.
func (b *Builder) destinations(p *plan, d derivative) map[*G.Node]*value {
	final := map[*G.Node]*value{}
	for i, n := range d.leaves {
		v := *n.value
		v.label, v.trained = "gradient of "+v.label, true
		if v.place == placeInput {
			v.place, p.inputGrads[v.index] = placeInputGrad, &v
		} else {
			v.place, p.paramGrads[v.index] = placeParamGrad, &v
		}
		final[d.grads[i]] = &v
	}
	return final
}

func (u *instance) backwardStep(grad *value) step {
	s := step{label: u.label + " backward", use: u, compute: u.op.Backward, backward: true, saved: u.saved, grad: grad,
		out: u.out.value, readOut: u.op.NeedOut, grads: make([]*value, len(u.in))}
	for i, n := range u.in {
		s.in, s.read = append(s.in, n.value), append(s.read, u.needs(i))
	}
	return s
}

func sumStep(terms []*G.Node, values map[*G.Node]*value, out *value) step {
	a, b := values[terms[0]], values[terms[1]]
	if out == nil {
		out = &value{label: "sum of gradients", dtype: a.dtype, shape: a.shape, trained: true}
	}
	return step{label: "sum of gradients", compute: addGradients, backward: true, in: []*value{a, b}, out: out,
		readOut: true}
}

// touches returns the values that a step reads or writes.
func (s *step) touches() []*value {
	out := append(append(compact(s.saved), compact(s.grads)...), compact([]*value{s.grad})...)
	for i, v := range s.in {
		if s.read == nil || s.read[i] {
			out = append(out, v)
		}
	}
	if s.out != nil && (!s.backward || s.readOut) {
		out = append(out, s.out)
	}
	if s.chain != nil {
		out = append(out, s.chain.outside...)
	}
	return out
}
