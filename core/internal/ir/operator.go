package ir

import (
	"slices"

	"montage/core/tensor"
)

// Operator describes an operator: the shape of its result, how to compute it, and
// how to compute the gradients of its inputs. The result is always float32.
//
// Forward and Backward get real shapes, which may be smaller than the ones compiled
// for, and must write every element of what they are to write: the memory holds what
// earlier operators left.
type Operator struct {
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
	// Saved describes what Forward hands on to Backward besides, nil for nothing.
	Saved func(in []Shape, out Shape) []SavedTensor
	// Rowwise reports whether row r of the result, of which the first dimension is a
	// symbol, depends on row r alone of the inputs that have such rows too. The part
	// of a graph that trains can then run some rows at a time. Operators that have no rows
	// at all, neither in inputs nor in the result, are not asked.
	Rowwise bool
	// Random reports whether the result depends on Call.Keys. No frozen prefix holds
	// such an operator, because a prefix gives equal frames equal values.
	Random bool
	// Operations counts the multiplications and additions of a Forward, for profiles;
	// nil is none. Every symbol stands for 1.
	Operations func(in []Shape) int64

	// What follows is for the planner. Only the operators of package graph set it.

	// Role is what fusion knows an operator by, nil for most: a Convolution, a
	// FrozenNorm, an Addition or a Rectifier.
	Role any
	// Framewise reports whether the operator is Rowwise and its Forward heeds Call.Serial.
	Framewise bool
	// Overwrites lists the inputs in whose memory Forward may put the result.
	Overwrites []int
	// InPlace reports whether Backward may put the gradient of input 0 where Grad lies.
	InPlace bool
	// Passes reports whether the gradient of every input is Grad itself.
	Passes bool
	// Forgoes reports whether Forward does without Saved where no Backward follows.
	Forgoes bool
	// Statistic reports whether a row's result depends on the other rows of a batch by
	// a statistic that smaller batches have too.
	Statistic bool
}

// Convolution is the role of a convolution of input 0 with the weights in input 1.
type Convolution struct{ Stride, Pad int }

// FrozenNorm is the role of a normalisation by running statistics: of input 0 with
// scale, shift, mean and variance.
type FrozenNorm struct{ Epsilon float64 }

// Addition is the role of a sum of two nodes.
type Addition struct{}

// Rectifier is the role of a ReLU.
type Rectifier struct{}

// SavedTensor is the type of one tensor that an operator's Forward keeps. It is of any
// dtype: the places of maxima are int32.
type SavedTensor struct {
	DType tensor.DType
	Shape Shape
}

// Call is one run of an operator. All tensors are only borrowed for its length.
type Call struct {
	In    []tensor.Tensor
	Out   tensor.Tensor
	Saved []tensor.Tensor
	// Grad is the gradient of the loss by Out, in Backward.
	Grad tensor.Tensor
	// Grads are the gradients by In that Backward is to write, zero tensors where
	// they are not wanted.
	Grads []tensor.Tensor
	// RandomKeys are the caller's, by symbol.
	RandomKeys map[string][]uint64
	// Serial forbids the use of other threads: they take other frames through the same
	// operators.
	Serial bool
}

// Keys returns the random keys of the rows that a symbol counts, nil when the caller
// gave none.
func (c *Call) Keys(symbol string) []uint64 { return c.RandomKeys[symbol] }

// Differentiable reports whether a gradient passes to an input of a dtype.
func (op *Operator) Differentiable(input int, d tensor.DType) bool {
	return op.Backward != nil && d == tensor.Float32 && !slices.Contains(op.Constant, input)
}

// Needs reports whether Backward reads the values of an input.
func (op *Operator) Needs(input int) bool { return slices.Contains(op.NeedIn, input) }

// Copying is the operator of a result that equals its input.
func Copying() Operator {
	return Operator{
		Name:     "copy",
		Rowwise:  true,
		Shape:    func(in []Shape) (Shape, error) { return in[0], nil },
		Forward:  func(c *Call) error { copy(c.Out.Float32s(), c.In[0].Float32s()); return nil },
		Backward: func(c *Call) error { copy(c.Grads[0].Float32s(), c.Grad.Float32s()); return nil },
	}
}
