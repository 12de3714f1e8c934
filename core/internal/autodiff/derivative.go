package autodiff

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"montage/core/internal/ir"
)

// Derivative is what differentiation adds to a graph.
type Derivative struct {
	// Seeds are the gradients that the caller hands in, by output; nil for outputs from
	// which no wanted gradient can be reached.
	Seeds []*Gradient
	// Leaves are the inputs and parameters whose gradients are wanted and exist, and
	// Totals their gradients.
	Leaves []*ir.Node
	Totals []*Gradient
	// Steps are in the order in which they can run.
	Steps []BackwardStep
	// Trained are the nodes that depend on one of the leaves.
	Trained map[*ir.Node]bool
}

// Gradient is the gradient of the loss by a node, or one term of it. It is known by its
// address: a backward step that reads it points to the one that writes it.
type Gradient struct {
	Label string
	Of    *ir.Node
}

// BackwardStep is one run of an operator's Backward, or the sum of two gradients.
type BackwardStep struct {
	// Application is the operator, nil for a sum.
	Application *ir.Application
	// Incoming is the gradient by the operator's result, and Outgoing those by its inputs,
	// nil where they are not wanted.
	Incoming *Gradient
	Outgoing []*Gradient
	// Terms are added, and Sum is their sum.
	Terms [2]*Gradient
	Sum   *Gradient
}

// errMerged says that Gorgonia took two nodes for one, which it does when their 32-bit
// hashes are equal. Differentiate then tries other hashes. Gorgonia's compiler takes hashes
// for identity too: https://github.com/gorgonia/gorgonia/pull/581.
var errMerged = errors.New("two operators of the graph became one")

// attempts bounds the search for hashes under which Gorgonia merges nothing. A graph of
// a thousand nodes needs a second one in 10,000 cases. Of n nodes, n²/2 pairs may collide
// in 2³² hashes.
const attempts = 4

// Differentiate returns the gradients of a graph's outputs by some of its leaves. Leaves
// that no gradient reaches are left out of the result. It fails if Gorgonia still merges
// two nodes at the last attempt.
func Differentiate(g *ir.Graph, wanted []*ir.Node) (Derivative, error) {
	var d Derivative
	var err error
	// The hashes of one attempt all differ, until Gorgonia mixes them into those of nodes.
	// The salts come in a fixed order, so every process finds the same derivative.
	for salt := range uint32(attempts) {
		d, err = attempt(g, wanted, func(id uint32) uint32 { return id + salt<<24 })
		if !errors.Is(err, errMerged) {
			break
		}
	}
	return d, err
}

// attempt differentiates with one choice of hashes, in a fresh expression graph. It fails
// with errMerged where two nodes became one.
func attempt(g *ir.Graph, wanted []*ir.Node, hash func(uint32) uint32) (Derivative, error) {
	r := reach(g, wanted)
	e, err := express(g, r.wanted, hash)
	if err != nil {
		return Derivative{}, err
	}
	p, err := e.backpropagate(r)
	if err != nil {
		return Derivative{}, err
	}
	if err := e.checkTerms(p); err != nil {
		return Derivative{}, err
	}
	return e.read(p)
}

// propagation is what Gorgonia's reverse accumulation is asked and what it answers.
type propagation struct {
	// The lists are in the order of the graph's outputs and leaves.
	seeds  []*G.Node // by output, nil where no wanted leaf is reached
	leaves []*ir.Node
	totals []*G.Node // by leaf
}

// backpropagate adds the gradients of the wanted leaves to the expression graph.
func (e *expression) backpropagate(r reachable) (propagation, error) {
	p := propagation{seeds: make([]*G.Node, len(e.graph.Outputs)), leaves: r.leaves}
	var ys, dys, wrt G.Nodes
	for i, o := range e.graph.Outputs {
		// An output that no wanted leaf leads to would be differentiated for nothing.
		if !r.from[o.Node] {
			continue
		}
		seed, err := e.seed(i, o)
		if err != nil {
			return p, err
		}
		p.seeds[i] = seed
		ys, dys = append(ys, e.nodes[o.Node]), append(dys, seed)
	}
	if len(p.leaves) == 0 {
		return p, nil
	}
	for _, n := range p.leaves {
		wrt = append(wrt, e.nodes[n])
	}
	var err error
	if p.totals, err = G.Backpropagate(ys, dys, wrt); err != nil {
		return p, fmt.Errorf("differentiation: %w", err)
	}
	return p, nil
}
