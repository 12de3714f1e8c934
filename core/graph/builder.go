package graph

import (
	"errors"
	"fmt"

	G "gorgonia.org/gorgonia"

	"montage/core"
	"montage/core/tensor"
)

// Builder collects the graph that an author's function describes.
type Builder struct {
	train bool
	err   error

	expr  *G.ExprGraph
	nodes map[*G.Node]*Node
	ids   uint32
	hash  func(id uint32) uint32
	sum   G.Op // Gorgonia's own addition, to recognise it by
	// limits give Gorgonia its nominal sizes.
	limits map[string]int

	inputs  []*Node
	params  []param
	outputs []output
	updates []update
	uses    []*instance
	drops   uint64
}

type param struct {
	core.Param
	node *Node
}

type output struct {
	name string
	node *Node
}

type update struct {
	buffer int // index among the parameters
	node   *Node
}

// Node is a value in the graph: an input, a parameter or an operator's result.
type Node struct {
	b     *Builder
	expr  *G.Node
	value *value
	use   *instance // nil for inputs and parameters
}

// Shape returns the node's shape; after a failure it is empty.
func (n *Node) Shape() Shape {
	if n.value == nil {
		return nil
	}
	return n.value.shape
}

// Size returns a constant dimension; a negative axis counts from the last.
// Asking for a symbolic dimension fails the builder and returns 1.
func (n *Node) Size(axis int) int {
	if n.value == nil {
		return 1
	}
	i, shape := axis, n.value.shape
	if i < 0 {
		i += len(shape)
	}
	if i < 0 || i >= len(shape) || shape[i].Sym != "" {
		n.b.Fail(fmt.Errorf("dimension %d of %s %v is not a constant", axis, n.value.label, shape))
		return 1
	}
	return shape[i].Size
}

// Input declares what the caller hands in with every run: float32 values, uint8
// frames or int32 offsets. The order of the declarations is that of Run.Inputs.
func (b *Builder) Input(name string, d tensor.DType, shape ...Dim) *Node {
	if b.err != nil {
		return &Node{b: b}
	}
	for _, n := range b.inputs {
		if n.value.label == name {
			return b.Fail(fmt.Errorf("input %q is declared twice", name))
		}
	}
	n := b.leaf(&value{label: name, dtype: d, shape: shape, place: placeInput, index: len(b.inputs)})
	b.inputs = append(b.inputs, n)
	return n
}

// Param declares a parameter. The order of the declarations is that of Run.Params.
func (b *Builder) Param(p core.Param) *Node {
	if b.err != nil {
		return &Node{b: b}
	}
	if p.Name == "" {
		return b.Fail(errors.New("a parameter has no name"))
	}
	for _, other := range b.params {
		if other.Name == p.Name {
			return b.Fail(fmt.Errorf("parameter %q is declared twice", p.Name))
		}
	}
	if _, err := tensor.Elements(p.Shape); err != nil {
		return b.Fail(fmt.Errorf("parameter %q: %w", p.Name, err))
	}
	n := b.leaf(&value{label: p.Name, dtype: tensor.Float32, shape: constantShape(p.Shape),
		place: placeParam, index: len(b.params), frozen: p.Frozen})
	b.params = append(b.params, param{p, n})
	return n
}

// Buffer declares state that is no parameter, such as a running mean.
func (b *Builder) Buffer(p core.Param) *Node {
	p.Buffer = true
	return b.Param(p)
}

// Update says what a buffer becomes through a training forward. The forward
// only reports the new value; without training it does nothing.
func (b *Builder) Update(buffer, to *Node) {
	if b.err != nil || !b.train {
		return
	}
	i := -1
	if buffer.value.place == placeParam {
		i = buffer.value.index
	}
	switch {
	case i < 0 || !b.params[i].Buffer:
		b.Fail(fmt.Errorf("update of %s, which is not a buffer", buffer.value.label))
		return
	case b.params[i].Frozen:
		b.Fail(fmt.Errorf("update of buffer %s, which is frozen", buffer.value.label))
		return
	case !buffer.Shape().Equal(to.Shape()):
		b.Fail(fmt.Errorf("update of buffer %s: expected shape %v, seen %v", buffer.value.label, buffer.Shape(),
			to.Shape()))
		return
	}
	for _, u := range b.updates {
		if u.buffer == i {
			b.Fail(fmt.Errorf("buffer %s is updated twice", buffer.value.label))
			return
		}
	}
	b.updates = append(b.updates, update{i, own(to)})
}

// Train tells whether the graph is for training: dropout, batch statistics.
func (b *Builder) Train() bool { return b.train }

// Output declares a result. The order of the declarations is that of Run.Outputs.
func (b *Builder) Output(name string, n *Node) {
	if b.err != nil {
		return
	}
	for _, o := range b.outputs {
		if o.name == name {
			b.Fail(fmt.Errorf("output %q is declared twice", name))
			return
		}
		if o.node == n {
			n = Copy(n) // Backpropagate takes one gradient per node
		}
	}
	b.outputs = append(b.outputs, output{name, own(n)})
}

// own makes a leaf a result of the graph, so that every result and every
// gradient is a value of the program's own.
func own(n *Node) *Node {
	if n.use == nil {
		return Copy(n)
	}
	return n
}

// Fail keeps the first error, for Plan and Compile to return, and returns a node
// that can be passed on.
func (b *Builder) Fail(err error) *Node {
	if b.err == nil {
		b.err = err
	}
	return &Node{b: b}
}
