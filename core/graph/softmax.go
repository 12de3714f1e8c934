package graph

import (
	"fmt"
	"math"

	"montage/core/internal/ir"
)

// The operators of this file work on the rows of the last dimension, of K
// numbers each, and subtract a row's greatest number before any exponential.

// Softmax returns eˣ over its sum along the last dimension of logits x [...,K]: K positive numbers
// that add up to 1.
func Softmax(x *Node) *Node {
	return apply(ir.Operator{
		Name: "softmax", Shape: rowsOf, Rowwise: true, NeedOut: true,
		Forward: func(c *ir.Call) error {
			eachRow(c.Out, c.In[0], func(_ int, y, x []float32) {
				shift := logSumExp(x)
				for i, v := range x {
					y[i] = float32(math.Exp(float64(v) - shift))
				}
			})
			return nil
		},
		Backward: func(c *ir.Call) error {
			out := c.Out.Float32s()
			eachRow(c.Grads[0], c.Grad, func(r int, dx, dy []float32) {
				y := out[r*len(dy) : (r+1)*len(dy)]
				// dx = y·(dy - Σ y·dy), the mean of dy weighted by y.
				mean := float32(dot(y, dy))
				for i, d := range dy {
					dx[i] = y[i] * (d - mean)
				}
			})
			return nil
		},
	}, x)
}

// LogSoftmax returns the logarithm of [Softmax] for logits x [...,K]. It is exact where the softmax
// is 0 or 1. Log of Softmax would be -Inf where the softmax vanishes in float32.
func LogSoftmax(x *Node) *Node {
	return apply(ir.Operator{
		Name: "log_softmax", Shape: rowsOf, Rowwise: true, NeedOut: true,
		Forward: func(c *ir.Call) error {
			eachRow(c.Out, c.In[0], func(_ int, y, x []float32) {
				shift := logSumExp(x)
				for i, v := range x {
					y[i] = float32(float64(v) - shift)
				}
			})
			return nil
		},
		Backward: func(c *ir.Call) error {
			out := c.Out.Float32s()
			eachRow(c.Grads[0], c.Grad, func(r int, dx, dy []float32) {
				// dx = dy - softmax·Σ dy, and the softmax is the exponential of the result.
				y, total := out[r*len(dy):(r+1)*len(dy)], sum(dy)
				for i, d := range dy {
					dx[i] = d - exp(y[i])*total
				}
			})
			return nil
		},
	}, x)
}

// LogSumExp returns the logarithm of the sum of eˣ over the last dimension: [...,K] gives [...].
// A row of nothing but -Inf gives -Inf, with the gradient 0.
func LogSumExp(x *Node) *Node {
	return apply(ir.Operator{
		Name: "log_sum_exp", NeedIn: []int{0}, NeedOut: true, Shape: withoutLast,
		Forward: func(c *ir.Call) error {
			eachRow(c.Out, c.In[0], func(_ int, y, x []float32) { y[0] = float32(logSumExp(x)) })
			return nil
		},
		Backward: func(c *ir.Call) error {
			out, dy := c.Out.Float32s(), c.Grad.Float32s()
			eachRow(c.Grads[0], c.In[0], func(r int, dx, x []float32) {
				if math.IsInf(float64(out[r]), -1) { // every number is masked
					clear(dx)
					return
				}
				for i, v := range x {
					dx[i] = dy[r] * exp(v-out[r])
				}
			})
			return nil
		},
	}, x)
}

// logSumExp stays in double precision, so that a caller who subtracts it rounds once. The
// greatest number becomes e⁰ = 1: nothing overflows, and the logarithm is never of 0.
func logSumExp(x []float32) float64 {
	top := float64(x[0])
	for _, v := range x {
		top = max(top, float64(v))
	}
	// -Inf - -Inf would be NaN.
	if math.IsInf(top, -1) {
		return top // every number is masked
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(float64(v) - top)
	}
	return top + math.Log(total)
}

// rowsOf is the Shape of operators that keep rows of at least one number.
func rowsOf(in []ir.Shape) (ir.Shape, error) {
	if _, err := withoutLast(in); err != nil {
		return nil, err
	}
	return in[0], nil
}

// withoutLast is the Shape of operators that make one number of every row. A constant K of
// 0 is refused, because such a row has no greatest number.
func withoutLast(in []ir.Shape) (ir.Shape, error) {
	x := in[0]
	if len(x) == 0 || x[len(x)-1] == ir.Fixed(0) {
		return nil, fmt.Errorf("expected rows of numbers [...,K], seen %v", x)
	}
	return x[:len(x)-1], nil
}
