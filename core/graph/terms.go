package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
)

// checkTerms makes sure that the gradient of every node is the sum of exactly
// the terms that its uses give: Gorgonia merges nodes by a 32-bit hash, and two
// sums of one length that it took for one would be wrong without a sound.
func (b *Builder) checkTerms(d derivative) error {
	uses, totals := map[*G.Node]int{}, map[*G.Node]*G.Node{}
	for i, seed := range d.seeds {
		if seed != nil {
			uses[b.outputs[i].node.expr]++
		}
	}
	for i, n := range d.leaves {
		totals[n.expr] = d.grads[i]
	}
	for _, n := range b.expr.AllNodes() {
		vjp, ok := n.Op().(*vjpSymbol)
		if !ok {
			continue
		}
		children := b.children(n)
		totals[vjp.use.out.expr] = children[len(children)-1]
		for i, in := range vjp.use.in {
			if vjp.use.wanted[i] {
				uses[in.expr]++
			}
		}
	}
	for n, total := range totals {
		terms := map[*G.Node]bool{}
		if !b.sumsTo(n, total, terms) || len(terms) != uses[n] {
			return fmt.Errorf("gradient of %s: %w", b.nodes[n].value.label, errMerged)
		}
	}
	return nil
}

// sumsTo tells whether total is a sum of different gradient terms of n.
func (b *Builder) sumsTo(n, total *G.Node, terms map[*G.Node]bool) bool {
	switch op := total.Op().(type) {
	case nil: // what the caller hands in
		seed := b.nodes[total]
		if seed == nil || seed.value.place != placeOutputGrad || b.outputs[seed.value.index].node.expr != n {
			return false
		}
	case *pickSymbol:
		if op.use.in[op.input].expr != n {
			return false
		}
	default:
		if !b.isSum(op) {
			return false
		}
		for _, child := range b.children(total) {
			if !b.sumsTo(n, child, terms) {
				return false
			}
		}
		return true
	}
	again := terms[total]
	terms[total] = true
	return !again
}

// children returns what a node is made of. Gorgonia keeps its order and
// repetitions, but shows it by this door only.
func (b *Builder) children(n *G.Node) []*G.Node {
	var out []*G.Node
	for it := b.expr.From(n.ID()); it.Next(); {
		out = append(out, it.Node().(*G.Node))
	}
	return out
}

// isSum recognises the one operator of its own that Gorgonia brings into a
// graph, by making one: it has no exported type.
func (b *Builder) isSum(op G.Op) bool {
	if b.sum == nil {
		g := G.NewGraph()
		x := G.NewVector(g, G.Float32, G.WithShape(minLength), G.WithName("x"))
		y := G.NewVector(g, G.Float32, G.WithShape(minLength), G.WithName("y"))
		n, err := G.Add(x, y)
		if err != nil {
			return false
		}
		b.sum = n.Op()
	}
	return op.Hashcode() == b.sum.Hashcode() && op.String() == b.sum.String()
}
