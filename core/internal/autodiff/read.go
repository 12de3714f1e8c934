package autodiff

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"montage/core/hint"
)

// reader turns the nodes that differentiation added into plain data.
type reader struct {
	*expression
	// gradients are by the node of Gorgonia's that stands for them: a seed, a pick or a
	// sum.
	gradients map[*G.Node]*Gradient
	steps     []BackwardStep
	runs      map[*G.Node]int // the steps of vjps
}

// read returns the backward steps in the order in which Gorgonia made their nodes. That
// order can run, because a node is made from existing ones.
func (e *expression) read(p propagation) (Derivative, error) {
	r := &reader{expression: e, gradients: map[*G.Node]*Gradient{}, runs: map[*G.Node]int{}}
	d := Derivative{Seeds: make([]*Gradient, len(p.seeds)), Leaves: p.leaves, Trained: trained(e.graph, p.leaves)}
	for i, seed := range p.seeds {
		if seed != nil {
			d.Seeds[i] = &Gradient{e.graph.Outputs[i].Name, e.graph.Outputs[i].Node}
			r.gradients[seed] = d.Seeds[i]
		}
	}
	for _, n := range e.expr.AllNodes() {
		if err := r.take(n); err != nil {
			return d, err
		}
	}
	for _, n := range p.totals {
		d.Totals = append(d.Totals, r.gradients[n])
	}
	d.Steps = r.steps
	return d, nil
}

func (r *reader) take(n *G.Node) error {
	switch op := n.Op().(type) {
	// Leaves and forward operators are in the graph already.
	case nil, *forwardSymbol:
	// SymDiff puts the incoming gradient last among the children.
	case *vjpSymbol:
		children := r.children(n)
		r.runs[n] = len(r.steps)
		r.steps = append(r.steps, BackwardStep{Application: op.of,
			Incoming: r.gradients[children[len(children)-1]], Outgoing: make([]*Gradient, len(op.of.In))})
	// A pick has its vjp as its only child, and is made after it.
	case *pickSymbol:
		g := &Gradient{op.name, op.of.In[op.input]}
		r.gradients[n] = g
		// The step was added when its vjp was read. A gradient that no pick stands for
		// stays nil.
		r.steps[r.runs[r.children(n)[0]]].Outgoing[op.input] = g
	default:
		// Anything else would be an operator that nothing here can run.
		if !r.isSum(op) {
			return hint.With(fmt.Errorf("the graph holds an operator of Gorgonia's, %v", op),
				"use the operators of package graph")
		}
		terms := r.children(n)
		a, b := r.gradients[terms[0]], r.gradients[terms[1]]
		sum := &Gradient{"sum of gradients", a.Of}
		r.gradients[n] = sum
		r.steps = append(r.steps, BackwardStep{Terms: [2]*Gradient{a, b}, Sum: sum})
	}
	return nil
}
