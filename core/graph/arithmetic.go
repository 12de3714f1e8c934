package graph

import "montage/core/internal/ir"

// Add returns a + b.
//
// For Add, Sub, Mul and Div the shapes are equal, or one operand is spread over the other,
// x: a scalar []; a row [K] or [1,K] over x [R,K]; a column [R] or [R,1] over x [R,K].
// An operand [K] with K = R could be both, which is an error: say which with [Row] or [Column].
func Add(a, b *Node) *Node {
	return arithmetic{
		name: "add", role: ir.Addition{}, passes: true,
		row: addRow,
		da:  func(_, _, _, dy float32) float32 { return dy },
		db:  func(_, _, _, dy float32) float32 { return dy },
	}.apply(a, b)
}

// Sub returns a - b. Its shapes are those of [Add].
func Sub(a, b *Node) *Node {
	return arithmetic{
		name: "sub",
		row:  each(func(a, b float32) float32 { return a - b }),
		da:   func(_, _, _, dy float32) float32 { return dy },
		db:   func(_, _, _, dy float32) float32 { return -dy },
	}.apply(a, b)
}

// Mul returns a·b, element by element. Its shapes are those of [Add].
func Mul(a, b *Node) *Node {
	return arithmetic{
		name: "mul", needIn: []int{0, 1},
		row: each(func(a, b float32) float32 { return a * b }),
		da:  func(_, b, _, dy float32) float32 { return dy * b },
		db:  func(a, _, _, dy float32) float32 { return dy * a },
	}.apply(a, b)
}

// Div returns a/b, element by element. Its shapes are those of [Add]. A zero in b gives
// what IEEE 754 says, ±Inf or NaN: nothing is clamped.
func Div(a, b *Node) *Node {
	return arithmetic{
		name: "div", needIn: []int{1}, needOut: true,
		row: each(func(a, b float32) float32 { return a / b }),
		da:  func(_, b, _, dy float32) float32 { return dy / b },
		// -a/b² in terms of the result, so that a need not be kept and b² cannot overflow.
		db: func(_, b, y, dy float32) float32 { return -dy * y / b },
	}.apply(a, b)
}

// derivativeOf is the share of dy that one operand gets. What the operator does
// not name as needed is garbage.
type derivativeOf func(a, b, y, dy float32) float32

// arithmetic is an operator on two numbers, with its derivatives in terms of
// both, the result y and dy. Role and passes are for the planner, as in ir.Operator.
type arithmetic struct {
	name    string
	needIn  []int
	needOut bool
	row     func(y, a, b []float32)
	da, db  derivativeOf
	role    any
	passes  bool
}

func (o arithmetic) apply(a, b *Node) *Node {
	// Shape runs when the node is made, once and before any Forward, so the functions below
	// may read what it finds.
	var ways [2]spread // of a and b; known once Shape was asked
	like := alike(a, b)
	return apply(ir.Operator{
		Name: o.name, NeedIn: o.needIn, NeedOut: o.needOut, Rowwise: true,
		// Where an operand is spread, its gradient is a sum and not dy itself.
		Role: o.role, Framewise: like, Passes: o.passes && like, Overwrites: equals(a, b),
		Shape: func(in []ir.Shape) (out ir.Shape, err error) {
			out, ways, err = meet(in[0], in[1])
			return out, err
		},
		Forward: func(c *ir.Call) error {
			o.forward(c, ways)
			return nil
		},
		Backward: func(c *ir.Call) error {
			o.backward(c, ways, 0, o.da)
			o.backward(c, ways, 1, o.db)
			return nil
		},
	}, a, b)
}

// alike reports whether two nodes have one shape. Nodes may be nil or failed here, because
// it runs before the inputs are checked.
func alike(a, b *Node) bool {
	return a != nil && b != nil && a.value.Kind != ir.Failed && b.value.Kind != ir.Failed && a.Shape().Equal(b.Shape())
}

// equals returns the operands that the result may overwrite. Only where no operand is
// spread does each element of the result need that one element alone.
func equals(a, b *Node) []int {
	if alike(a, b) {
		return []int{0, 1}
	}
	return nil
}

func (o arithmetic) forward(c *ir.Call, ways [2]spread) {
	a, b, y := c.In[0].Float32s(), c.In[1].Float32s(), c.Out.Float32s()
	// Equal shapes need no grid: the memory is one long row.
	if ways == [2]spread{} {
		chunks(c, len(y), func(lo, hi int) { o.row(y[lo:hi], a[lo:hi], b[lo:hi]) })
		return
	}
	rows, cols := grid(c.Out.Shape)
	sa, sb := make([]float32, cols), make([]float32, cols)
	for r := range rows {
		o.row(y[r*cols:(r+1)*cols], ways[0].fill(sa, a, r), ways[1].fill(sb, b, r))
	}
}

// backward writes the gradient of one operand, summed over what it is spread over.
func (o arithmetic) backward(c *ir.Call, ways [2]spread, input int, d derivativeOf) {
	if c.Grads[input].IsZero() {
		return
	}
	out, dy := c.Grads[input].Float32s(), c.Grad.Float32s()
	a, b, y := c.In[0].Float32s(), c.In[1].Float32s(), c.Out.Float32s()
	if ways == [2]spread{} {
		a, b, y = kept(a, dy), kept(b, dy), kept(y, dy)
		inChunks(len(dy), func(lo, hi int) { d.row(out[lo:hi], a[lo:hi], b[lo:hi], y[lo:hi], dy[lo:hi]) })
		return
	}
	rows, cols := grid(c.Out.Shape)
	sa, sb, part := make([]float32, cols), make([]float32, cols), make([]float32, cols)
	// Rows and scalars are added up, and the memory holds what earlier operators left.
	clear(out)
	for r := range rows {
		from, to := r*cols, (r+1)*cols
		ra, rb := ways[0].fill(sa, a, r), ways[1].fill(sb, b, r)
		d.row(part, ra, rb, kept(y, dy)[from:to], dy[from:to])
		ways[input].collect(out, part, r)
	}
}

func (d derivativeOf) row(out, a, b, y, dy []float32) {
	for i := range out {
		out[i] = d(a[i], b[i], y[i], dy[i])
	}
}

// kept returns v, or any other numbers where v was not kept because the derivative does
// not read it. The functions may then index all three alike.
func kept(v, instead []float32) []float32 {
	if v == nil {
		return instead
	}
	return v
}

// each makes a row operator of one on numbers.
func each(f func(a, b float32) float32) func(y, a, b []float32) {
	return func(y, a, b []float32) {
		for i, v := range a {
			y[i] = f(v, b[i])
		}
	}
}

// addRow is written out for the residual connections of deep networks.
func addRow(y, a, b []float32) {
	for i, v := range a {
		y[i] = v + b[i]
	}
}
