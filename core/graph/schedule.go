package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// step is one run of an operator, or a sum of gradients.
type step struct {
	label    string
	use      *instance // nil for a sum
	backward bool
	in       []*value // nil where Backward does not read
	out      *value   // of Backward: what it reads, nil if it does not
	saved    []*value
	grad     *value
	grads    []*value // nil where not wanted
}

// plan is the order of the steps and the values that they work on.
type plan struct {
	steps   []step
	forward int // the first steps are the forward
	values  []*value
	inputs  []*value
	params  []*value
	outputs []*value
	updates []update

	// By output, input and parameter; nil where no gradient passes.
	outputGrads, inputGrads, paramGrads []*value
}

// schedule turns the graph into steps. Nodes run in the order of their making,
// which is sorted because a node is made from existing ones.
func (b *Builder) schedule(d derivative) (plan, error) {
	p := plan{
		updates:     b.updates,
		outputGrads: make([]*value, len(b.outputs)),
		inputGrads:  make([]*value, len(b.inputs)),
		paramGrads:  make([]*value, len(b.params)),
	}
	b.collect(&p)
	live := b.live()
	for _, u := range b.uses {
		if live[u] {
			p.steps = append(p.steps, u.forwardStep())
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
	s := step{label: u.label, use: u, out: u.out.value, saved: u.saved}
	for _, n := range u.in {
		s.in = append(s.in, n.value)
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
			v := final[n]
			if v == nil {
				v = &value{label: op.name, dtype: op.use.in[op.input].value.dtype, shape: op.use.in[op.input].value.shape}
			}
			values[n] = v
			p.steps[steps[b.children(n)[0]]].grads[op.input] = v
		default:
			if !b.isSum(op) {
				return fmt.Errorf("the graph holds an operator of Gorgonia's, %v\nhint: use the operators of package graph", op)
			}
			s := sumStep(b.children(n), values, final[n])
			values[n] = s.out
			p.steps = append(p.steps, s)
		}
	}
	return nil
}

// destinations says which gradients go straight into the caller's memory.
func (b *Builder) destinations(p *plan, d derivative) map[*G.Node]*value {
	final := map[*G.Node]*value{}
	for i, n := range d.leaves {
		v := *n.value
		v.label = "gradient of " + v.label
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
	s := step{label: u.label + " backward", use: u, backward: true, saved: u.saved, grad: grad}
	s.in, s.grads = make([]*value, len(u.in)), make([]*value, len(u.in))
	for i, n := range u.in {
		if u.needs(i) {
			s.in[i] = n.value
		}
	}
	if u.op.NeedOut {
		s.out = u.out.value
	}
	return s
}

func sumStep(terms []*G.Node, values map[*G.Node]*value, out *value) step {
	a, b := values[terms[0]], values[terms[1]]
	if out == nil {
		out = &value{label: "sum of gradients", dtype: a.dtype, shape: a.shape}
	}
	return step{label: "sum of gradients", backward: true, in: []*value{a, b}, out: out}
}
