package graph

import (
	"fmt"

	"montage/core/internal/ir"
)

// Node is a value in the graph: an input, a parameter or an operator's result. After an
// error it stands for a failed node, which can still be passed on.
type Node struct {
	value *ir.Node
}

// Shape returns the node's shape; after a failure it is empty.
func (n *Node) Shape() Shape { return shapeOf(n.value.Shape) }

// Size returns a constant dimension; a negative axis counts from the last. Asking for a
// symbolic dimension fails the builder and returns 1. An axis that is not there does too.
// On a failed node it returns 1.
func (n *Node) Size(axis int) int {
	// The first error is kept already. 1 lets the author's arithmetic go on without
	// dividing by 0.
	if n.value.Kind == ir.Failed {
		return 1
	}
	i, shape := axis, n.value.Shape
	if i < 0 {
		i += len(shape)
	}
	if i < 0 || i >= len(shape) || shape[i].Sym != "" {
		n.value.Graph.Fail(fmt.Errorf("dimension %d of %s %v is not a constant", axis, n.value.Label, shape))
		return 1
	}
	return shape[i].Size
}

// data returns the node of the representation below, nil for none.
func (n *Node) data() *ir.Node {
	if n == nil {
		return nil
	}
	return n.value
}

// apply uses an operator on nodes. All operators of this package are made by it.
func apply(op ir.Operator, in ...*Node) *Node {
	values := make([]*ir.Node, len(in))
	for i, n := range in {
		values[i] = n.data()
	}
	return &Node{ir.Apply(op, values...)}
}
