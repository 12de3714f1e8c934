package autodiff

import (
	"fmt"
	"reflect"

	G "gorgonia.org/gorgonia"
)

// checkTerms makes sure that the gradient of every node is the sum of exactly the terms
// that its uses give: Gorgonia merges nodes by a 32-bit hash, and two sums of one length
// that it took for one would be wrong without a sound. So the terms are counted twice: by
// the graph's uses, and by what the sum is made of.
func (e *expression) checkTerms(p propagation) error {
	uses, totals := map[*G.Node]int{}, map[*G.Node]*G.Node{}
	for i, seed := range p.seeds {
		if seed != nil {
			// Being an output is one use more.
			uses[e.nodes[e.graph.Outputs[i].Node]]++
		}
	}
	for i, total := range p.totals {
		totals[e.nodes[p.leaves[i]]] = total
	}
	for _, n := range e.expr.AllNodes() {
		vjp, ok := n.Op().(*vjpSymbol)
		if !ok {
			continue
		}
		children := e.children(n)
		// The incoming gradient is the total of the operator's result.
		totals[e.nodes[vjp.of.Out]] = children[len(children)-1]
		for i, in := range vjp.of.In {
			if e.wanted[vjp.of][i] {
				uses[e.nodes[in]]++
			}
		}
	}
	for n, total := range totals {
		terms := map[*G.Node]bool{}
		// Terms may be too few even if each is right.
		if !e.sumsTo(n, total, terms) || len(terms) != uses[n] {
			return fmt.Errorf("gradient of %s: %w", n.Name(), errMerged)
		}
	}
	return nil
}

// sumsTo reports whether total is a sum of different gradient terms of n.
func (e *expression) sumsTo(n, total *G.Node, terms map[*G.Node]bool) bool {
	switch op := total.Op().(type) {
	case nil: // what the caller hands in
		output, ok := e.seeds[total]
		if !ok || e.nodes[e.graph.Outputs[output].Node] != n {
			return false
		}
	case *pickSymbol:
		if e.nodes[op.of.In[op.input]] != n {
			return false
		}
	default:
		if !e.isSum(op) {
			return false
		}
		for _, child := range e.children(total) {
			if !e.sumsTo(n, child, terms) {
				return false
			}
		}
		return true
	}
	// A term that occurs twice would be counted twice in the sum.
	again := terms[total]
	terms[total] = true
	return !again
}

// isSum recognises the one operator of its own that Gorgonia brings into a graph, by
// making one: its type is not exported. The type tells it from operators of other families,
// whose hashes may be equal by chance. Within the family the hash tells which it is: it
// starts with the operator, and goes on with the types of what is added.
func (e *expression) isSum(op G.Op) bool {
	if e.sum == nil {
		g := G.NewGraph()
		x := G.NewVector(g, G.Float32, G.WithShape(minLength), G.WithName("x"))
		y := G.NewVector(g, G.Float32, G.WithShape(minLength), G.WithName("y"))
		n, err := G.Add(x, y)
		if err != nil {
			return false
		}
		e.sum = n.Op()
	}
	return reflect.TypeOf(op) == reflect.TypeOf(e.sum) && op.Hashcode() == e.sum.Hashcode()
}
