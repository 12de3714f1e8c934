package graph

import (
	"fmt"
	"slices"

	"montage/core/internal/ir"
)

// ScaleColumns returns x [R,K] with each column k times the constant factors[k].
func ScaleColumns(x *Node, factors []float32) *Node {
	// The graph outlives the call, so the caller's list is copied.
	factors = slices.Clone(factors)
	scaled := func(out, in []float32) {
		for i := range out {
			out[i] = factors[i%len(factors)] * in[i]
		}
	}
	return apply(ir.Operator{
		Name: "scale_columns", Rowwise: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			if len(in[0]) != 2 || in[0][1] != ir.Fixed(len(factors)) {
				return nil, fmt.Errorf("expected a matrix of %d columns, one for each factor, seen %v", len(factors),
					in[0])
			}
			return in[0], nil
		},
		Forward: func(c *ir.Call) error {
			scaled(c.Out.Float32s(), c.In[0].Float32s())
			return nil
		},
		Backward: func(c *ir.Call) error {
			scaled(c.Grads[0].Float32s(), c.Grad.Float32s())
			return nil
		},
	}, x)
}
