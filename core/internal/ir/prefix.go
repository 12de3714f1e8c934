package ir

import (
	"errors"
	"slices"

	"montage/core/hint"
	"montage/core/tensor"
)

// ErrNoPrefix says that a graph has no frozen prefix to be cut behind.
var ErrNoPrefix = hint.With(errors.New("the graph has no frozen prefix"), "its description says whether it has one")

// dependence is what a node's value depends on.
type dependence uint8

const (
	// The zero value is the safe one: what is not known to be frozen is in no prefix.
	onAnything dependence = iota
	onFrozen              // frozen parameters and buffers alone
	onFrame               // those, and the same row of the inputs
)

// dependences follows what is frozen from the leaves through the operators.
func (g *Graph) dependences() map[*Node]dependence {
	on := map[*Node]dependence{}
	for _, n := range g.Inputs {
		// Only inputs of one row for every frame can be cached by frame.
		if s := n.Shape; len(s) > 0 && s[0].Sym != "" && s.CountedBy(s[0].Sym) {
			on[n] = onFrame
		}
	}
	for _, p := range g.Params {
		if p.Frozen {
			on[p.Node] = onFrozen
		}
	}
	for _, a := range g.Applications {
		on[a.Out] = a.dependence(on)
	}
	return on
}

func (a *Application) dependence(on map[*Node]dependence) dependence {
	out := onFrozen
	for _, n := range a.In {
		switch on[n] {
		case onAnything:
			return onAnything
		case onFrame:
			out = onFrame
		}
	}
	s := a.Out.Shape
	switch {
	// Equal frames get unequal values from these.
	case a.Random || a.Statistic:
		return onAnything
	// The result must have a row for every frame, and make it of that frame alone.
	case out == onFrame && (!a.Rowwise || len(s) == 0 || s[0].Sym == "" || !s.CountedBy(s[0].Sym)):
		return onAnything
	}
	return out
}

// FrozenPrefix returns the one node through which all that trains, draws random
// numbers or mixes rows learns of the inputs, and the operators before it. It returns
// nil where the graph has no such node, or reads nothing frozen before it.
func (g *Graph) FrozenPrefix() (*Node, []*Application) {
	on, live := g.dependences(), g.Live()
	var crossing []*Node
	cross := func(n *Node) {
		// An input that an operator beyond the cut reads directly crosses too. Then the
		// prefix is not the only way, and there is no cut.
		if (on[n] == onFrame || n.Kind == Input) && !slices.Contains(crossing, n) {
			crossing = append(crossing, n)
		}
	}
	for _, a := range g.Applications {
		if live[a] && on[a.Out] == onAnything {
			for _, n := range a.In {
				cross(n)
			}
		}
	}
	// What the caller gets is read beyond the cut as well.
	for _, o := range g.Outputs {
		cross(o.Node)
	}
	for _, u := range g.Updates {
		cross(u.Node)
	}
	if len(crossing) != 1 || crossing[0].By == nil {
		return nil, nil
	}
	before := g.before(crossing[0])
	if !slices.ContainsFunc(before, (*Application).readsFrozen) {
		return nil, nil
	}
	return crossing[0], before
}

// before returns the operators that a node is made of.
func (g *Graph) before(n *Node) (list []*Application) {
	// One pass from the back is enough, because operators come after what they read.
	made := map[*Application]bool{n.By: true}
	for _, a := range slices.Backward(g.Applications) {
		if !made[a] {
			continue
		}
		list = append(list, a)
		for _, in := range a.In {
			if in.By != nil {
				made[in.By] = true
			}
		}
	}
	slices.Reverse(list)
	return list
}

// readsFrozen reports whether an operator reads a frozen parameter or buffer.
func (a *Application) readsFrozen() bool {
	return slices.ContainsFunc(a.In, func(n *Node) bool { return n.Frozen })
}

// prefixName is what the cut is called as an output and as an input.
const prefixName = "prefix"

// KeepPrefix makes the frozen prefix's value the only output. The parameters stay as
// declared, so that both sides of a cut take the same list.
func (g *Graph) KeepPrefix() error {
	n, _ := g.FrozenPrefix()
	if n == nil {
		return ErrNoPrefix
	}
	g.Outputs, g.Updates = []NamedOutput{{prefixName, n}}, nil
	return nil
}

// DropPrefix makes the frozen prefix's value the only input.
func (g *Graph) DropPrefix() error {
	n, _ := g.FrozenPrefix()
	if n == nil {
		return ErrNoPrefix
	}
	for i, o := range g.Outputs {
		// The node becomes an input, and an output must be an operator's result.
		if o.Node == n {
			g.Outputs[i].Node = g.Copy(n)
		}
	}
	for i, u := range g.Updates {
		if u.Node == n {
			g.Updates[i].Node = g.Copy(n)
		}
	}
	// In place, so that all operators that read the node now read the input.
	*n = Node{Graph: g, Label: prefixName, DType: tensor.Float32, Shape: n.Shape, Kind: Input}
	g.Inputs = []*Node{n}
	// Operators before the cut, and what reads an input that is gone, must leave Nodes:
	// package autodiff takes every node there to be made of others there.
	live := g.Live()
	g.Nodes = slices.DeleteFunc(g.Nodes, func(other *Node) bool {
		return other != n && (other.Kind == Input || other.Kind == Computed && !live[other.By])
	})
	return nil
}
