package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"montage/core/tensor"
)

// Op describes an operator: the shape of its result, how to compute it, and how
// to compute the gradients of its inputs. The result is always float32.
//
// Forward and Backward get real shapes, which may be smaller than the ones
// compiled for, and must write every element of what they are to write: the
// memory holds the garbage of earlier steps.
type Op struct {
	// Name is what errors and profiles call it, such as "conv2d".
	Name string
	// In are the dtypes of the inputs, nil for all float32.
	In []tensor.DType
	// Shape checks the inputs' shapes and returns the result's.
	Shape func(in []Shape) (Shape, error)
	// Forward writes Call.Out from Call.In.
	Forward func(*Call) error
	// Backward writes those of Call.Grads that are not absent, all at once. Nil
	// says that no gradient passes.
	Backward func(*Call) error
	// Constant lists inputs that get no gradient; those that are not float32 never do.
	Constant []int
	// NeedIn lists the inputs whose values Backward reads, NeedOut tells whether
	// it reads the result. What it does not name may be gone by then, and is
	// then absent but for its Shape.
	NeedIn  []int
	NeedOut bool
	// Saved gives what Forward hands on to Backward besides, nil for nothing.
	Saved func(in []Shape, out Shape) []Saved
	// Rowwise tells that row r of the result, of which the first dimension is a
	// symbol, depends on row r alone of the inputs that have such rows too. The
	// part of a graph that trains can then run some rows at a time.
	Rowwise bool
	// Random tells that the result depends on Call.Keys: such an operator is in no frozen prefix.
	Random bool
	// Operations counts the multiplications and additions of a Forward, for profiles;
	// nil is none. Every symbol stands for 1.
	Operations func(in []Shape) int64

	traits
}

// traits are what the operators of this package tell its planner besides.
type traits struct {
	role role
	// framewise tells that the operator is Rowwise and its Forward heeds Call.lane.
	framewise bool
	// overwrites lists the inputs in whose memory Forward may put the result.
	overwrites []int
	// inPlace tells that Backward may put the gradient of input 0 where Grad lies.
	inPlace bool
	// passes tells that the gradient of every input is Grad itself.
	passes bool
	// forgoes tells that Forward does without Saved where no Backward follows.
	forgoes bool
	// statistic marks what a row of a batch learns of the others.
	statistic bool
}

// role is what the fusion of steps knows an operator by; nil is none.
type role interface{}

// Saved is the type of one tensor that an operator's Forward keeps.
type Saved struct {
	DType tensor.DType
	Shape Shape
}

// Call is one run of an operator. All tensors are only borrowed for its length.
type Call struct {
	In    []tensor.Tensor
	Out   tensor.Tensor
	Saved []tensor.Tensor
	// Grad is the gradient of the objective by Out, in Backward.
	Grad tensor.Tensor
	// Grads are the gradients by In that Backward is to write, zero tensors where
	// they are not wanted.
	Grads []tensor.Tensor

	keys map[string][]uint64
	// lane is set where only this thread may be used: other frames go through
	// the same operators on the others.
	lane *lane
}

// Keys returns the random keys of the rows that a symbol counts, nil when the
// caller gave none.
func (c *Call) Keys(symbol string) []uint64 { return c.keys[symbol] }

// instance is one use of an operator in a graph.
type instance struct {
	op    Op
	label string // the operator's name and number, for people
	in    []*Node
	out   *Node
	saved []*value
	// wanted tells which inputs lie on a way to a wanted gradient.
	wanted []bool
	// param is the parameter that the operator reads first, or the operator before it;
	// -1 before any.
	param int
}

func (u *instance) differentiable(i int) bool {
	return u.op.Backward != nil && u.in[i].value.dtype == tensor.Float32 && !slices.Contains(u.op.Constant, i)
}

func (u *instance) needs(i int) bool { return slices.Contains(u.op.NeedIn, i) }

// Apply uses an operator on nodes: the way in which all operators of this
// package are made, and in which authors bring their own.
func Apply(op Op, in ...*Node) *Node {
	b, err := builderOf(op, in)
	if b == nil {
		panic(err) // recovered by Plan, which has the author's function to blame
	}
	if err != nil {
		return b.Fail(err)
	}
	if b.err != nil {
		return &Node{b: b}
	}
	shape, err := op.result(in)
	if err != nil {
		return b.Fail(fmt.Errorf("%s(%s): %w", op.Name, describe(in), err))
	}
	return b.use(op, in, shape)
}

func builderOf(op Op, in []*Node) (*Builder, error) {
	var b *Builder
	for _, n := range in {
		if n != nil {
			b = n.b
		}
	}
	if b == nil {
		return nil, fmt.Errorf("graph: %s has no input", op.Name)
	}
	for i, n := range in {
		switch {
		case n == nil:
			return b, fmt.Errorf("%s: input %d is nil", op.Name, i)
		case n.b != b:
			return b, fmt.Errorf("%s: input %d belongs to another graph", op.Name, i)
		}
	}
	return b, nil
}

// result checks dtypes and shapes and returns the result's shape.
func (op Op) result(in []*Node) (Shape, error) {
	if op.Shape == nil || op.Forward == nil {
		return nil, errors.New("the operator lacks Shape or Forward")
	}
	if op.In != nil && len(op.In) != len(in) {
		return nil, fmt.Errorf("expected %d inputs, seen %d", len(op.In), len(in))
	}
	shapes := make([]Shape, len(in))
	for i, n := range in {
		want := tensor.Float32
		if op.In != nil {
			want = op.In[i]
		}
		if n.value.dtype != want {
			return nil, fmt.Errorf("expected %v as input %d, seen %v", want, i, n.value.dtype)
		}
		shapes[i] = n.value.shape
	}
	out, err := op.Shape(shapes)
	if err != nil {
		return nil, err
	}
	for _, d := range out {
		if d.Sym == "" && d.Size < 0 {
			return nil, fmt.Errorf("the result would have the shape %v", out)
		}
	}
	return out, nil
}

// describe lists nodes with their shapes.
func describe(nodes []*Node) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = n.value.label + " " + n.value.shape.String()
	}
	return strings.Join(parts, ", ")
}
