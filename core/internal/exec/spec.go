package exec

import (
	"montage/core"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// Spec says what to compile.
type Spec struct {
	// Build describes the graph. It may be called several times and must always
	// describe the same one.
	Build func(*ir.Draft)
	// Cut says what to compile of a graph that has a frozen prefix.
	Cut PrefixCut
	// Limits are the greatest values of the symbols.
	Limits map[string]int
	// Train compiles for training: dropout, batch statistics, buffer updates.
	Train bool
	// Gradient makes Backward possible, for all parameters that are neither
	// buffers nor frozen and for the inputs named in InputGradients.
	Gradient       bool
	InputGradients []string
	// Micro lets the part that trains run some rows at a time.
	Micro MicroBatching
	// Workspace is the memory to work in, nil for the executable's own.
	Workspace *Workspace

	// Check, for tests, makes every step prove that it writes all that it should:
	// results are filled with NaN before, and a NaN after is an error that names
	// the step. Profile measures the steps for Executable.Times. Both cost time.
	Check, Profile bool
}

// PrefixCut says what of a graph is compiled: the frozen prefix is what no training
// changes, so its results can be cached and the rest run on them.
type PrefixCut uint8

const (
	// Uncut is the whole graph.
	Uncut PrefixCut = iota
	// OnlyPrefix is the frozen prefix. Its value is the one output.
	OnlyPrefix
	// AfterPrefix is what follows the frozen prefix, whose value is the one input.
	AfterPrefix
)

// PrefixBoundary is where a graph can be cut behind its frozen prefix: the one value
// between the inputs and all that trains, draws random numbers or mixes rows.
type PrefixBoundary struct {
	// Shape is that of the value: a symbol that counts rows, then constants. It is nil
	// where the graph has no such value, or reads nothing frozen before it.
	Shape ir.Shape
	// Operators lists what the prefix is made of. The prefixes of two graphs are the same
	// where these texts are equal.
	Operators string
}

// Description is what a graph needs and gives, known without running it.
type Description struct {
	Inputs, Outputs []Port
	// Params are the parameters and buffers, in the order of Bindings.Params.
	Params []core.Param
	// Fed, by parameter, is the shape of what flows into the first operator that
	// reads it; nil where none does.
	Fed []ir.Shape
	// Operations, by parameter, are those of a Forward that belong to operators which
	// read it first or follow one that does. Every symbol stands for 1.
	Operations []int64
	// Prefix is where the graph can be cut.
	Prefix PrefixBoundary
	// Bytes is the memory that an Executable takes for the largest run, without the
	// tensors of the caller.
	Bytes int
	// Notes are what a user should know of the plan.
	Notes []string
}

// Port is an input or an output.
type Port struct {
	Name  string
	DType tensor.DType
	Shape ir.Shape
}

// describe reads the graph after a cut, so inputs and outputs are those of the part.
func describe(g *ir.Graph) Description {
	d := Description{Fed: g.Fed(), Operations: g.Operations(), Prefix: boundary(g)}
	for _, n := range g.Inputs {
		d.Inputs = append(d.Inputs, Port{n.Label, n.DType, n.Shape})
	}
	for _, o := range g.Outputs {
		d.Outputs = append(d.Outputs, Port{o.Name, tensor.Float32, o.Node.Shape})
	}
	for _, p := range g.Params {
		d.Params = append(d.Params, p.Param)
	}
	return d
}

// boundary writes down each operator with its number, inputs and shapes. Frozen parameters
// are in it by name and not by value.
func boundary(g *ir.Graph) PrefixBoundary {
	n, before := g.FrozenPrefix()
	if n == nil {
		return PrefixBoundary{}
	}
	text := ""
	for _, a := range before {
		text += a.Label + "(" + ir.Describe(a.In) + ") " + a.Out.Shape.String() + "\n"
	}
	return PrefixBoundary{n.Shape, text}
}
