package graph

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"montage/core/tensor"
)

// errMerged says that Gorgonia took two nodes for one, which it does when their
// 32-bit hashes are equal. Plan then tries other hashes.
var errMerged = errors.New("two operators of the graph became one")

// derivative is what differentiation added to the graph.
type derivative struct {
	// seeds are the gradients that the caller hands in, by output; nil for
	// outputs from which no wanted gradient can be reached.
	seeds []*G.Node
	// leaves are the inputs and parameters whose gradients are wanted and exist.
	leaves []*Node
	grads  []*G.Node
}

// differentiate adds the gradients of the wanted leaves to the graph.
func (b *Builder) differentiate(wanted []*Node) (derivative, error) {
	d := derivative{seeds: make([]*G.Node, len(b.outputs))}
	reached := b.mark(wanted)
	var ys, dys, wrt G.Nodes
	for i, o := range b.outputs {
		if !reached[o.node] {
			continue
		}
		seed := b.leaf(&value{label: o.name, dtype: tensor.Float32, shape: o.node.value.shape, place: placeOutputGrad,
			index: i, trained: true})
		if b.err != nil {
			return d, b.err
		}
		d.seeds[i] = seed.expr
		ys, dys = append(ys, o.node.expr), append(dys, seed.expr)
	}
	below := b.below(reached)
	for _, n := range wanted {
		if below[n] {
			d.leaves = append(d.leaves, n)
			wrt = append(wrt, n.expr)
		}
	}
	if len(wrt) == 0 {
		return d, nil
	}
	var err error
	if d.grads, err = G.Backpropagate(ys, dys, wrt); err != nil {
		return d, fmt.Errorf("differentiation: %w", err)
	}
	return d, b.checkTerms(d)
}

// mark sets the wanted inputs of every operator and returns all nodes from which
// a wanted leaf can be reached.
func (b *Builder) mark(leaves []*Node) map[*Node]bool {
	reached := map[*Node]bool{}
	for _, n := range leaves {
		reached[n] = true
	}
	for _, u := range b.uses { // in the order of their making: inputs come first
		for i, n := range u.in {
			u.wanted[i] = reached[n] && u.differentiable(i)
			if u.wanted[i] {
				reached[u.out] = true
			}
		}
	}
	return reached
}

// below returns what gradients of the outputs arrive at.
func (b *Builder) below(reached map[*Node]bool) map[*Node]bool {
	arrived := map[*Node]bool{}
	for _, o := range b.outputs {
		arrived[o.node] = reached[o.node]
	}
	for k := len(b.uses) - 1; k >= 0; k-- {
		u := b.uses[k]
		for i, n := range u.in {
			if arrived[u.out] && u.wanted[i] {
				arrived[n] = true
			}
		}
	}
	return arrived
}
