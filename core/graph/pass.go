package graph

import "montage/core/internal/ir"

// Copy returns a node of the same values, for x of any shape.
func Copy(x *Node) *Node { return apply(ir.Copying(), x) }

// StopGradient returns the same values, for x of any shape. No gradient passes through it.
// It has no Backward, which is all that stops the gradient.
func StopGradient(x *Node) *Node {
	return apply(ir.Operator{
		Name:    "stop_gradient",
		Rowwise: true,
		Shape:   sameShape,
		Forward: func(c *ir.Call) error { copy(c.Out.Float32s(), c.In[0].Float32s()); return nil },
	}, x)
}

// sameShape is the Shape of operators whose result is like their first input.
func sameShape(in []ir.Shape) (ir.Shape, error) { return in[0], nil }
