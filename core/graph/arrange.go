package graph

import (
	"fmt"

	"montage/core/internal/ir"
)

// Operators that move numbers without changing them. All copy: a result never
// shares memory with an input.

// Flatten keeps the first dimension and joins the others in their order: [N,H,W,C] gives [N,H·W·C].
// The joined dimensions are constants.
func Flatten(x *Node) *Node {
	return reshape(x, "flatten", func(s ir.Shape) (ir.Shape, error) {
		if len(s) == 0 {
			return nil, fmt.Errorf("expected at least one dimension, seen %v", s)
		}
		rest, err := s[1:].Constants()
		n := 1
		for _, d := range rest {
			n *= d
		}
		return ir.Shape{s[0], ir.Fixed(n)}, err
	})
}

// Row makes a vector [K] a row [1,K], to be spread over the rows of a matrix.
func Row(v *Node) *Node {
	return reshape(v, "row", func(s ir.Shape) (ir.Shape, error) {
		if len(s) != 1 {
			return nil, fmt.Errorf("expected a vector, seen %v", s)
		}
		return ir.Shape{ir.Fixed(1), s[0]}, nil
	})
}

// Column makes a vector [R] a column [R,1], to be spread over the columns of a matrix.
func Column(v *Node) *Node {
	return reshape(v, "column", func(s ir.Shape) (ir.Shape, error) {
		if len(s) != 1 {
			return nil, fmt.Errorf("expected a vector, seen %v", s)
		}
		return ir.Shape{s[0], ir.Fixed(1)}, nil
	})
}

func reshape(x *Node, name string, to func(ir.Shape) (ir.Shape, error)) *Node {
	return apply(ir.Operator{
		Name:     name,
		Rowwise:  true,
		Shape:    func(in []ir.Shape) (ir.Shape, error) { return to(in[0]) },
		Forward:  func(c *ir.Call) error { copy(c.Out.Float32s(), c.In[0].Float32s()); return nil },
		Backward: func(c *ir.Call) error { copy(c.Grads[0].Float32s(), c.Grad.Float32s()); return nil },
	}, x)
}

// Concat joins matrices [R,K1], [R,K2] … side by side: [R,K1+K2+…]. R may be a symbol. The
// widths are constants.
func Concat(parts ...*Node) *Node {
	return apply(ir.Operator{
		Name: "concat", Rowwise: true,
		Shape: concatShape,
		Forward: func(c *ir.Call) error {
			at := 0
			for _, t := range c.In {
				cols := t.Shape[1]
				eachRow(c.Out, t, func(_ int, y, x []float32) { copy(y[at:at+cols], x) })
				at += cols
			}
			return nil
		},
		Backward: func(c *ir.Call) error {
			at := 0
			for i, t := range c.Grads {
				cols := c.In[i].Shape[1]
				if !t.IsZero() {
					eachRow(t, c.Grad, func(_ int, dx, dy []float32) { copy(dx, dy[at:at+cols]) })
				}
				at += cols
			}
			return nil
		},
	}, parts...)
}

func concatShape(in []ir.Shape) (ir.Shape, error) {
	cols := 0
	for _, s := range in {
		if len(s) != 2 || s[0] != in[0][0] || s[1].Sym != "" {
			return nil, fmt.Errorf("expected matrices with equal numbers of rows and constant widths, seen %v and %v",
				in[0], s)
		}
		cols += s[1].Size
	}
	return ir.Shape{in[0][0], ir.Fixed(cols)}, nil
}

// RollRows moves the rows of x [R,D] up by R/parts; the first ones come last. With the rows of two
// views one after the other and parts = 2, every row meets its other view. It is an error of the
// run if parts does not divide R. It is not rowwise: a row of the result is another row of
// x.
func RollRows(x *Node, parts int) *Node {
	roll := func(out, in []float32, by int) {
		copy(out, in[by:])
		copy(out[len(in)-by:], in[:by])
	}
	return apply(ir.Operator{
		Name: "roll_rows",
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			if parts < 1 {
				return nil, fmt.Errorf("expected at least 1 part, seen %d", parts)
			}
			return matrix(in)
		},
		Forward: func(c *ir.Call) error {
			if c.Out.Shape[0]%parts != 0 {
				return fmt.Errorf("%d parts do not divide the %d rows", parts, c.Out.Shape[0])
			}
			roll(c.Out.Float32s(), c.In[0].Float32s(), c.Out.Len()/parts)
			return nil
		},
		Backward: func(c *ir.Call) error {
			dx := c.Grads[0].Float32s()
			// The inverse rolls by the rest of the way round.
			roll(dx, c.Grad.Float32s(), len(dx)-len(dx)/parts)
			return nil
		},
	}, x)
}

// DiagonalMask returns x [R,R] with a constant on its diagonal, such as -Inf where a row must not
// be compared with itself. No gradient passes to the diagonal. R may be a symbol.
func DiagonalMask(x *Node, with float32) *Node {
	diagonal := func(t []float32, rows int, v float32) {
		for r := range rows {
			t[r*rows+r] = v
		}
	}
	return apply(ir.Operator{
		Name: "diagonal_mask",
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			if s := in[0]; len(s) != 2 || s[0] != s[1] {
				return nil, fmt.Errorf("expected a square matrix [R,R], seen %v", s)
			}
			return in[0], nil
		},
		Forward: func(c *ir.Call) error {
			copy(c.Out.Float32s(), c.In[0].Float32s())
			diagonal(c.Out.Float32s(), c.Out.Shape[0], with)
			return nil
		},
		Backward: func(c *ir.Call) error {
			copy(c.Grads[0].Float32s(), c.Grad.Float32s())
			// What is there does not depend on x.
			diagonal(c.Grads[0].Float32s(), c.Grad.Shape[0], 0)
			return nil
		},
	}, x)
}
