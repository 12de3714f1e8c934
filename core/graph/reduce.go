package graph

import "montage/core/internal/ir"

// Sums are made in double precision and in a fixed order.

// SumLast returns the sums over the last dimension: [...,K] gives [...]. K must not be the
// constant 0.
func SumLast(x *Node) *Node {
	return apply(ir.Operator{
		Name: "sum_last", Shape: withoutLast, Rowwise: true,
		Forward: func(c *ir.Call) error {
			eachRow(c.Out, c.In[0], func(_ int, y, x []float32) { y[0] = sum(x) })
			return nil
		},
		Backward: func(c *ir.Call) error {
			dx, dy := c.Grads[0].Float32s(), c.Grad.Float32s()
			for r, d := range dy {
				cols := len(dx) / len(dy)
				repeat(dx[r*cols:(r+1)*cols], d)
			}
			return nil
		},
	}, x)
}

// SumAll returns the sum of all numbers of x of any shape, a scalar [].
func SumAll(x *Node) *Node { return total(x, "sum_all", func(int) float32 { return 1 }) }

// MeanAll returns the mean of all numbers of x of any shape, a scalar []. The mean of no numbers is 0.
func MeanAll(x *Node) *Node {
	// A loss may see no rows, and 0/0 would make it NaN.
	return total(x, "mean_all", func(n int) float32 { return 1 / float32(max(n, 1)) })
}

// total is the sum of all numbers times a weight that depends on how many they are.
func total(x *Node, name string, weight func(n int) float32) *Node {
	return apply(ir.Operator{
		Name:  name,
		Shape: func([]ir.Shape) (ir.Shape, error) { return ir.Shape{}, nil },
		Forward: func(c *ir.Call) error {
			x := c.In[0].Float32s()
			c.Out.Float32s()[0] = sum(x) * weight(len(x))
			return nil
		},
		Backward: func(c *ir.Call) error {
			dx := c.Grads[0].Float32s()
			repeat(dx, c.Grad.Float32s()[0]*weight(len(dx)))
			return nil
		},
	}, x)
}

func repeat(out []float32, v float32) {
	for i := range out {
		out[i] = v
	}
}
