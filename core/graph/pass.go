package graph

// Copy returns a node of the same values.
func Copy(x *Node) *Node {
	return Apply(Op{
		Name:     "copy",
		Rowwise:  true,
		Shape:    sameShape,
		Forward:  func(c *Call) error { copy(c.Out.Float32s(), c.In[0].Float32s()); return nil },
		Backward: func(c *Call) error { copy(c.Grads[0].Float32s(), c.Grad.Float32s()); return nil },
	}, x)
}

// StopGradient returns the same values, through which no gradient passes.
func StopGradient(x *Node) *Node {
	return Apply(Op{
		Name:    "stop_gradient",
		Rowwise: true,
		Shape:   sameShape,
		Forward: func(c *Call) error { copy(c.Out.Float32s(), c.In[0].Float32s()); return nil },
	}, x)
}

// sameShape is the Shape of operators whose result is like their first input.
func sameShape(in []Shape) (Shape, error) { return in[0], nil }
