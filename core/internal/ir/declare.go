package ir

import (
	"errors"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// Input declares what the caller hands in with every run. The name must be unique among
// inputs, and shape may hold symbols. The index follows the order of declaration.
func (g *Graph) Input(name string, d tensor.DType, shape Shape) *Node {
	if g.err != nil {
		return &Node{Graph: g}
	}
	for _, n := range g.Inputs {
		if n.Label == name {
			return g.Fail(fmt.Errorf("input %q is declared twice", name))
		}
	}
	n := g.leaf(&Node{Label: name, DType: d, Shape: shape, Kind: Input, Index: len(g.Inputs)})
	g.Inputs = append(g.Inputs, n)
	return n
}

// Param declares a parameter or buffer. Always float32, with constant dimensions. The name
// must be unique among parameters and buffers.
func (g *Graph) Param(p core.Param) *Node {
	if g.err != nil {
		return &Node{Graph: g}
	}
	if p.Name == "" {
		return g.Fail(errors.New("a parameter has no name"))
	}
	for _, other := range g.Params {
		if other.Name == p.Name {
			return g.Fail(fmt.Errorf("parameter %q is declared twice", p.Name))
		}
	}
	if _, err := tensor.Elements(p.Shape); err != nil {
		return g.Fail(fmt.Errorf("parameter %q: %w", p.Name, err))
	}
	n := g.leaf(&Node{Label: p.Name, DType: tensor.Float32, Shape: ConstantShape(p.Shape), Kind: Param,
		Index: len(g.Params), Frozen: p.Frozen})
	g.Params = append(g.Params, Parameter{p, n})
	return n
}

// leaf adds an input or a parameter to the graph.
func (g *Graph) leaf(n *Node) *Node {
	if err := g.check(n.Shape); err != nil {
		return g.Fail(fmt.Errorf("%s: %w", n.Label, err))
	}
	switch n.DType {
	case tensor.Float32, tensor.Uint8, tensor.Int32:
	default:
		return g.Fail(fmt.Errorf("%s: a graph takes float32, uint8 and int32, not %v", n.Label, n.DType))
	}
	n.Graph = g
	g.Nodes = append(g.Nodes, n)
	return n
}

// Update says what a buffer becomes through a training forward. Without training it
// does nothing.
func (g *Graph) Update(buffer, to *Node) {
	if g.err != nil || !g.Train {
		return
	}
	i := -1
	// A failed node has index 0, which is a real parameter's. So the kind decides.
	if buffer.Kind == Param {
		i = buffer.Index
	}
	switch {
	case i < 0 || !g.Params[i].Buffer:
		g.Fail(fmt.Errorf("update of %s, which is not a buffer", buffer.Label))
		return
	case g.Params[i].Frozen:
		g.Fail(fmt.Errorf("update of buffer %s, which is frozen", buffer.Label))
		return
	case !buffer.Shape.Equal(to.Shape):
		g.Fail(fmt.Errorf("update of buffer %s: expected shape %v, seen %v", buffer.Label, buffer.Shape, to.Shape))
		return
	}
	// Two new values would leave it to the order of execution which one stays.
	for _, u := range g.Updates {
		if u.Buffer == i {
			g.Fail(fmt.Errorf("buffer %s is updated twice", buffer.Label))
			return
		}
	}
	g.Updates = append(g.Updates, BufferUpdate{i, own(to)})
}

// Output declares a result.
func (g *Graph) Output(name string, n *Node) {
	if g.err != nil {
		return
	}
	for _, o := range g.Outputs {
		if o.Name == name {
			g.Fail(fmt.Errorf("output %q is declared twice", name))
			return
		}
		if o.Node == n {
			n = g.Copy(n) // each output has a gradient of its own
		}
	}
	g.Outputs = append(g.Outputs, NamedOutput{name, own(n)})
}

// own makes a leaf a result of the graph, so that every output and every gradient is a
// value that the executor computes.
func own(n *Node) *Node {
	if n.By == nil {
		return n.Graph.Copy(n)
	}
	return n
}
