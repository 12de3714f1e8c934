package ir

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"montage/core"
	"montage/core/hint"
	"montage/core/tensor"
)

// Graph is what an author's function describes.
type Graph struct {
	// Train says that the graph is for training: dropout, batch statistics, updates.
	Train bool
	// Limits are the greatest values of the symbols.
	Limits map[string]int

	Inputs []*Node
	Params []Parameter
	// Each output has a node of its own, which an operator made.
	Outputs []NamedOutput
	Updates []BufferUpdate
	// Applications are in the order of their making: operators come after what they read.
	Applications []*Application
	// Nodes are all leaves and results, in the order of their making.
	Nodes []*Node

	// dropouts counts dropouts so far, for NextDropout.
	dropouts uint64
	// err is the first error. It is never replaced, because later ones follow from it.
	err error
}

// Kind says where a node's value comes from.
type Kind uint8

const (
	// Failed is the kind of what stands for a node after an error. It is the zero value, so
	// a node of which only the graph is known counts as failed.
	Failed Kind = iota
	// Input is handed in with every run.
	Input
	// Param is a parameter or buffer.
	Param
	// Computed is an operator's result.
	Computed
)

// Node is a value in the graph: an input, a parameter or an operator's result.
type Node struct {
	Graph *Graph
	Label string
	DType tensor.DType
	Shape Shape
	Kind  Kind
	// Index is the place among the graph's Inputs or Params.
	Index int
	// Frozen is set on parameters that no training changes.
	Frozen bool
	// By is the operator whose result the node is, nil for inputs and parameters.
	By *Application
}

// Application is one use of an operator.
type Application struct {
	Operator
	// Label is the operator's name and number, for people.
	Label string
	In    []*Node
	Out   *Node
	// Kept are the tensors that Forward hands on to Backward.
	Kept []SavedTensor
}

// Parameter is a declared parameter or buffer.
type Parameter struct {
	core.Param
	Node *Node
}

// NamedOutput is a declared result.
type NamedOutput struct {
	Name string
	Node *Node
}

// BufferUpdate says what a buffer becomes through a training forward. The node
// has the buffer's shape.
type BufferUpdate struct {
	Buffer int // index among the parameters
	Node   *Node
}

// Draft is a graph that an author's function still adds to. Package graph makes its Builder
// of this type, and package sdk converts one into the other.
type Draft struct{ graph *Graph }

// Graph returns the graph as it is so far.
func (d *Draft) Graph() *Graph { return d.graph }

// Build runs an author's function on a new graph and checks what it declares. A panic
// of the function is the author's mistake, such as an index into the shape of a node
// that failed, and is returned as an error.
func Build(train bool, limits map[string]int, author func(*Draft)) (*Graph, error) {
	g := &Graph{Train: train, Limits: maps.Clone(limits)}
	if err := g.run(author); err != nil {
		return nil, err
	}
	if len(g.Outputs) == 0 {
		return nil, hint.With(errors.New("the graph has no output"), "name its results with Builder.Output")
	}
	return g, g.checkSymbols()
}

func (g *Graph) run(author func(*Draft)) (err error) {
	defer func() {
		// A panic after an error most often comes of a failed node, so the error is
		// reported.
		if r := recover(); r != nil && g.err == nil {
			err = fmt.Errorf("building the graph panicked: %v", r)
		} else {
			err = g.err
		}
	}()
	author(&Draft{g})
	return g.err
}

// checkSymbols makes sure that every run says the value of every symbol. A run knows the
// symbols from its inputs' shapes alone.
func (g *Graph) checkSymbols() error {
	// The empty symbol is that of constants.
	known := map[string]bool{"": true}
	for _, n := range g.Inputs {
		for _, d := range n.Shape {
			known[d.Sym] = true
		}
	}
	for _, a := range g.Applications {
		for _, d := range a.Out.Shape {
			if !known[d.Sym] {
				return fmt.Errorf("%s: symbol %s of the result %v is in no input's shape", a.Label, d.Sym, a.Out.Shape)
			}
		}
	}
	return nil
}

// Err returns the first error, nil for none.
func (g *Graph) Err() error { return g.err }

// Fail keeps the first error and returns a node that can be passed on.
func (g *Graph) Fail(err error) *Node {
	if g.err == nil {
		g.err = err
	}
	return &Node{Graph: g}
}

// NextDropout returns the number of a new dropout. It is part of the dropout's random
// stream, so it counts dropouts alone.
func (g *Graph) NextDropout() uint64 {
	n := g.dropouts
	g.dropouts++
	return n
}

// check makes sure that a value can be allocated for the greatest run.
func (g *Graph) check(s Shape) error {
	for _, d := range s {
		if d.Sym == "" {
			continue
		}
		limit, known := g.Limits[d.Sym]
		if !known {
			return hint.With(fmt.Errorf("symbol %s of shape %v is unknown here", d.Sym, s),
				"the symbols of this graph are %s; those of a test are in gradtest.Case.Limits",
				strings.Join(slices.Sorted(maps.Keys(g.Limits)), ", "))
		}
		if limit <= 0 {
			return fmt.Errorf("symbol %s of shape %v counts at most %d, expected at least 1", d.Sym, s, limit)
		}
	}
	// The number of elements must not overflow at the limits. Smaller runs have fewer.
	_, err := s.Elements(g.Limits)
	return err
}
