package graph

import (
	"montage/core"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// Builder collects the graph that an author's function describes. Package sdk hands it
// to the function. Only code inside core can make one: it converts a draft, so that no
// constructor need stand here that others could not call.
type Builder ir.Draft

// Input declares what the caller hands in with every run: float32 values, uint8 frames or
// int32 offsets. Package sdk declares the inputs of layers and losses. The name must be
// unique among the inputs. Dimensions may be symbols of the graph's limits.
func (b *Builder) Input(name string, d tensor.DType, shape ...Dim) *Node {
	return &Node{b.below().Input(name, d, Shape(shape).below())}
}

// Param declares a parameter. Plans and calls list parameters in the order of their
// declaration. All are float32 with constant dimensions, and names are unique among
// parameters and buffers.
func (b *Builder) Param(p core.Param) *Node { return &Node{b.below().Param(p)} }

// Buffer declares state that is no parameter, such as a running mean.
func (b *Builder) Buffer(p core.Param) *Node {
	p.Buffer = true
	return b.Param(p)
}

// Update says what a buffer becomes through a training forward. The forward only reports
// the new value; without training it does nothing. The shapes must be equal. A buffer that
// is frozen, or updated twice, is an error.
func (b *Builder) Update(buffer, to *Node) { b.below().Update(buffer.data(), to.data()) }

// Train reports whether the graph is for training: dropout, batch statistics.
func (b *Builder) Train() bool { return b.below().Train }

// Output declares a result. Package sdk declares the node that a function returns. Names
// are unique among the outputs.
func (b *Builder) Output(name string, n *Node) { b.below().Output(name, n.data()) }

// Fail keeps the first error, for the component's Plan to return, and returns a node that
// can be passed on.
func (b *Builder) Fail(err error) *Node { return &Node{b.below().Fail(err)} }

func (b *Builder) below() *ir.Graph { return (*ir.Draft)(b).Graph() }
