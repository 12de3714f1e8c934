package graph

import (
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// Op describes an author's own operator, for Apply: the shape of its result, how to
// compute it, and how to compute the gradients of its inputs. The result is always
// float32.
//
// Forward and Backward get real shapes, which may be smaller than the greatest ones, and
// must write every element of what they are to write: the memory holds what earlier
// operators left. Package gradtest checks an operator's gradients.
type Op struct {
	// Name is what errors and profiles call it, such as "conv2d".
	Name string
	// In are the dtypes of the inputs, nil for all float32.
	In []tensor.DType
	// Shape checks the inputs' shapes and returns the result's.
	Shape func(in []Shape) (Shape, error)
	// Forward writes Call.Out from Call.In.
	Forward func(*Call) error
	// Backward writes those of Call.Grads that are not absent, all at once. Without it
	// no gradient passes.
	Backward func(*Call) error
	// Constant lists inputs that get no gradient; those that are not float32 never do.
	Constant []int
	// NeedIn lists the inputs whose values Backward reads, and NeedOut reports whether
	// it reads the result. The memory of others is reused before Backward runs, which
	// then sees their shape alone.
	NeedIn  []int
	NeedOut bool
	// Rowwise reports whether row r of the result, of which the first dimension is a
	// symbol, depends on row r alone of the inputs that have such rows too. The part
	// of a graph that trains can then run some rows at a time.
	Rowwise bool
	// Random reports whether the result depends on Call.Keys. Such an operator is in no
	// frozen prefix, whose values are cached by frame.
	Random bool
	// Operations counts the multiplications and additions of a Forward, for profiles;
	// nil is none. Every symbol stands for 1.
	Operations func(in []Shape) int64
}

// Call is one run of an Op. All tensors are only borrowed for its length.
type Call struct {
	In  []tensor.Tensor
	Out tensor.Tensor
	// Grad is the gradient of the loss by Out, in Backward.
	Grad tensor.Tensor
	// Grads are the gradients by In that Backward is to write, zero tensors where they
	// are not wanted.
	Grads []tensor.Tensor

	run *ir.Call
}

// Keys returns the random keys of the rows that a symbol counts, nil when the caller gave
// none.
func (c *Call) Keys(symbol string) []uint64 { return c.run.Keys(symbol) }

// Apply uses an author's own operator on nodes. The result is float32. Wrong numbers,
// dtypes or shapes of inputs fail the builder. It panics if all inputs are nil.
func Apply(op Op, in ...*Node) *Node {
	o := ir.Operator{
		Name: op.Name, In: op.In, Forward: own(op.Forward), Backward: own(op.Backward),
		Constant: op.Constant, NeedIn: op.NeedIn, NeedOut: op.NeedOut, Rowwise: op.Rowwise, Random: op.Random,
	}
	if op.Shape != nil {
		o.Shape = func(in []ir.Shape) (ir.Shape, error) {
			out, err := op.Shape(shapesOf(in))
			return out.below(), err
		}
	}
	if op.Operations != nil {
		o.Operations = func(in []ir.Shape) int64 { return op.Operations(shapesOf(in)) }
	}
	return apply(o, in...)
}

// own makes an author's Forward or Backward one of the representation below. Nil stays nil:
// without a Backward no gradient passes.
func own(f func(*Call) error) func(*ir.Call) error {
	if f == nil {
		return nil
	}
	return func(c *ir.Call) error {
		return f(&Call{In: c.In, Out: c.Out, Grad: c.Grad, Grads: c.Grads, run: c})
	}
}
