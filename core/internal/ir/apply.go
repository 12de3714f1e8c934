package ir

import (
	"errors"
	"fmt"
	"strings"

	"montage/core/tensor"
)

// Apply uses an operator on nodes. It panics where there is no node to find the graph
// by; Build turns that into an error.
func Apply(op Operator, in ...*Node) *Node {
	g, err := graphOf(op, in)
	if g == nil {
		panic(err)
	}
	if err != nil {
		return g.Fail(err)
	}
	// After the first error nothing is checked any more: what follows would be errors of
	// failed nodes, and hide the cause.
	if g.err != nil {
		return &Node{Graph: g}
	}
	out, err := op.result(in)
	if err == nil {
		err = g.check(out)
	}
	if err != nil {
		return g.Fail(fmt.Errorf("%s(%s): %w", op.Name, Describe(in), err))
	}
	return g.apply(op, in, out)
}

// Copy returns a node of the same values.
func (g *Graph) Copy(n *Node) *Node { return Apply(Copying(), n) }

// The number in a label makes it unique in the graph.
func (g *Graph) apply(op Operator, in []*Node, shape Shape) *Node {
	a := &Application{Operator: op, In: in, Label: fmt.Sprintf("%s#%d", op.Name, len(g.Applications))}
	a.Out = &Node{Graph: g, Label: a.Label, DType: tensor.Float32, Shape: shape, Kind: Computed, By: a}
	if op.Saved != nil {
		a.Kept = op.Saved(shapes(in), shape)
	}
	g.Applications = append(g.Applications, a)
	g.Nodes = append(g.Nodes, a.Out)
	return a.Out
}

// graphOf returns the graph that the nodes belong to. With an error it still returns a
// graph where any node has one, so that the error can be kept there.
func graphOf(op Operator, in []*Node) (*Graph, error) {
	var g *Graph
	for _, n := range in {
		if n != nil {
			g = n.Graph
		}
	}
	if g == nil {
		return nil, fmt.Errorf("graph: %s has no input", op.Name)
	}
	for i, n := range in {
		switch {
		case n == nil:
			return g, fmt.Errorf("%s: input %d is nil", op.Name, i)
		case n.Graph != g:
			return g, fmt.Errorf("%s: input %d belongs to another graph", op.Name, i)
		}
	}
	return g, nil
}

// result checks dtypes and shapes and returns the result's shape.
func (op *Operator) result(in []*Node) (Shape, error) {
	// Authors hand in operators of their own, so nothing about one is taken for granted.
	if op.Shape == nil || op.Forward == nil {
		return nil, errors.New("the operator lacks Shape or Forward")
	}
	// Operators of any number of inputs, such as concat, give no list.
	if op.In != nil && len(op.In) != len(in) {
		return nil, fmt.Errorf("expected %d inputs, seen %d", len(op.In), len(in))
	}
	for i, n := range in {
		want := tensor.Float32
		if op.In != nil {
			want = op.In[i]
		}
		if n.DType != want {
			return nil, fmt.Errorf("expected %v as input %d, seen %v", want, i, n.DType)
		}
	}
	out, err := op.Shape(shapes(in))
	if err != nil {
		return nil, err
	}
	for _, d := range out {
		// A symbol is not known yet. What it makes is checked when the greatest run is
		// counted.
		if d.Sym == "" && d.Size < 0 {
			return nil, fmt.Errorf("the result would have the shape %v", out)
		}
	}
	return out, nil
}

func shapes(nodes []*Node) []Shape {
	out := make([]Shape, len(nodes))
	for i, n := range nodes {
		out[i] = n.Shape
	}
	return out
}

// Describe lists nodes with their shapes. The text is part of error messages, and of what a
// prefix is compared by.
func Describe(nodes []*Node) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = n.Label + " " + n.Shape.String()
	}
	return strings.Join(parts, ", ")
}
