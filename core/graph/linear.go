package graph

import (
	"fmt"

	"montage/core/internal/ir"
	"montage/core/internal/kernel"
)

// MatMul returns the matrix product of a [M,K] and b [K,N], which is [M,N]. With transA, a is
// stored as [K,M]; with transB, b is stored as [N,K]. M, N and K may be symbols.
func MatMul(a, b *Node, transA, transB bool) *Node {
	m := matrixProduct{transA, transB}
	return apply(ir.Operator{Name: "matmul", NeedIn: []int{0, 1}, Shape: m.shape, Forward: m.forward,
		Backward:   m.backward,
		Operations: m.operations}, a, b)
}

// Linear returns x·wᵀ + bias, [R,out], for rows x [R,in] and weights in torch's layout: w [out,in]
// and bias [out]. Without a bias, pass nil.
func Linear(x, w, bias *Node) *Node {
	op := ir.Operator{Name: "linear", NeedIn: []int{0, 1}, Shape: linearShape, Forward: linearForward,
		Backward:   linearBackward,
		Rowwise:    true,
		Operations: matrixProduct{transB: true}.operations}
	if bias == nil {
		return apply(op, x, w)
	}
	return apply(op, x, w, bias)
}

// The dimensions may be symbols: only their equality is asked.
func linearShape(in []ir.Shape) (ir.Shape, error) {
	x, w := in[0], in[1]
	switch {
	case len(x) != 2:
		return nil, fmt.Errorf("expected rows [R,in], seen %v", x)
	case len(w) != 2 || w[1] != x[1]:
		return nil, fmt.Errorf("expected weights [out,%v], seen %v", x[1], w)
	case len(in) == 3 && !in[2].Equal(w[:1]):
		return nil, fmt.Errorf("expected a bias of [%v], seen %v", w[0], in[2])
	}
	return ir.Shape{x[0], w[0]}, nil
}

// The bias is added to a finished product, a second pass over the result.
func linearForward(c *ir.Call) error {
	if err := (matrixProduct{transB: true}).forward(c); err != nil || len(c.In) < 3 {
		return err
	}
	rows, cols := c.Out.Shape[0], c.Out.Shape[1]
	kernel.AddBias(c.Out.Float32s(), rows, cols, c.In[2].Float32s())
	return nil
}

func linearBackward(c *ir.Call) error {
	// Every row has the same bias, so its gradient is the sum over the rows.
	if len(c.In) == 3 && !c.Grads[2].IsZero() {
		rows, cols := c.Grad.Shape[0], c.Grad.Shape[1]
		kernel.SumRows(c.Grads[2].Float32s(), c.Grad.Float32s(), rows, cols)
	}
	return matrixProduct{transB: true}.backward(c)
}

type matrixProduct struct{ transA, transB bool }

func (p matrixProduct) shape(in []ir.Shape) (ir.Shape, error) {
	if len(in[0]) != 2 || len(in[1]) != 2 {
		return nil, fmt.Errorf("expected two matrices, seen %v and %v", in[0], in[1])
	}
	m, inner := turn(in[0], p.transA)
	other, n := turn(in[1], p.transB)
	if inner != other {
		return nil, fmt.Errorf("expected equal inner dimensions, seen %v and %v (transposed: %v, %v)", inner, other,
			p.transA, p.transB)
	}
	return ir.Shape{m, n}, nil
}

// The symbols are 1 by then, so all sizes are numbers.
func (p matrixProduct) operations(in []ir.Shape) int64 {
	m, inner := turn(in[0], p.transA)
	_, n := turn(in[1], p.transB)
	return 2 * int64(m.Size*inner.Size*n.Size)
}

// turn returns the dimensions of a matrix as the product takes it.
func turn(s ir.Shape, transposed bool) (rows, cols ir.Dim) {
	if transposed {
		return s[1], s[0]
	}
	return s[0], s[1]
}

// sizes returns M, N and K of a call.
func (p matrixProduct) sizes(c *ir.Call) (m, n, k int) {
	a := c.In[0].Shape
	if p.transA {
		return c.Out.Shape[0], c.Out.Shape[1], a[0]
	}
	return c.Out.Shape[0], c.Out.Shape[1], a[1]
}

func (p matrixProduct) forward(c *ir.Call) error {
	m, n, k := p.sizes(c)
	g := kernel.MatMul{M: m, N: n, K: k, TransA: p.transA, TransB: p.transB}
	g.Do(c.Out.Float32s(), c.In[0].Float32s(), c.In[1].Float32s())
	return nil
}

// backward: with C = AB, dA = dC·Bᵀ and dB = Aᵀ·dC; for an operand that is stored
// transposed, the transposed matrixProduct.
func (p matrixProduct) backward(c *ir.Call) error {
	m, n, k := p.sizes(c)
	a, b, dy := c.In[0].Float32s(), c.In[1].Float32s(), c.Grad.Float32s()
	if da := c.Grads[0]; !da.IsZero() && p.transA {
		kernel.MatMul{M: k, N: m, K: n, TransA: p.transB, TransB: true}.Do(da.Float32s(), b, dy)
	} else if !da.IsZero() {
		kernel.MatMul{M: m, N: k, K: n, TransB: !p.transB}.Do(da.Float32s(), dy, b)
	}
	if db := c.Grads[1]; !db.IsZero() && p.transB {
		kernel.MatMul{M: n, N: k, K: m, TransA: true, TransB: p.transA}.Do(db.Float32s(), dy, a)
	} else if !db.IsZero() {
		kernel.MatMul{M: k, N: n, K: m, TransA: !p.transA}.Do(db.Float32s(), a, dy)
	}
	return nil
}
