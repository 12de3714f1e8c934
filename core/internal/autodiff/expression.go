package autodiff

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"montage/core/internal/ir"
	"montage/core/tensor"
)

// To Gorgonia every value is a vector of as many elements as the value has at most, and
// at least two. So none of its special cases for scalars and for dimensions of 1 applies,
// such as that of https://github.com/gorgonia/gorgonia/issues/196. Package ir checks real
// shapes; Gorgonia only compares these.
const minLength = 2

// seedKind stands for gradients that the caller hands in. It continues ir.Kind.
const seedKind = ir.Computed

// expression is a graph as Gorgonia sees it.
type expression struct {
	graph *ir.Graph
	expr  *G.ExprGraph
	nodes map[*ir.Node]*G.Node
	seeds map[*G.Node]int // the outputs whose gradients they are
	// wanted are the inputs to differentiate by. Gorgonia asks each operator for them.
	wanted map[*ir.Application][]bool
	// ids counts symbols, to give each an identity of its own.
	ids  uint32
	hash func(id uint32) uint32
	sum  G.Op // Gorgonia's own addition, to recognise it by
}

// express makes the expression graph of a graph, node by node in the order of their making.
func express(g *ir.Graph, wanted map[*ir.Application][]bool, hash func(uint32) uint32) (*expression, error) {
	e := &expression{graph: g, expr: G.NewGraph(), nodes: map[*ir.Node]*G.Node{}, seeds: map[*G.Node]int{},
		wanted: wanted, hash: hash}
	seen := map[*G.Node]bool{}
	for _, n := range g.Nodes {
		node, err := e.add(n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Label, err)
		}
		// Gorgonia hands out an existing node where it finds an equal hash.
		if seen[node] {
			return nil, fmt.Errorf("%s: %w", n.Label, errMerged)
		}
		seen[node], e.nodes[n] = true, node
	}
	return e, nil
}

func (e *expression) add(n *ir.Node) (*G.Node, error) {
	length, err := e.length(n.Shape)
	if err != nil {
		return nil, err
	}
	if n.By == nil {
		return e.leaf(n.Kind, n.Label, dtypes[n.DType], length), nil
	}
	// They exist, because nodes come in the order of their making.
	children := make([]*G.Node, len(n.By.In))
	for i, in := range n.By.In {
		children[i] = e.nodes[in]
	}
	return G.ApplyOp(&forwardSymbol{e.symbol(n.Label, children, length), n.By, e}, children...)
}

// leaf adds what comes from outside. Gorgonia merges leaves of equal names
// (https://github.com/gorgonia/gorgonia/issues/492). So every leaf has a name, and the name
// holds the kind, because an input may be called like a parameter.
func (e *expression) leaf(kind ir.Kind, label string, d gt.Dtype, length int) *G.Node {
	name := fmt.Sprintf("%d/%s", kind, label)
	return G.NewTensor(e.expr, d, 1, G.WithShape(length), G.WithName(name))
}

var dtypes = map[tensor.DType]gt.Dtype{
	tensor.Float32: gt.Float32, tensor.Uint8: gt.Uint8, tensor.Int32: gt.Int32,
}

// seed adds the gradient by an output that the caller hands in. It is a leaf to Gorgonia,
// named after the output, of which names are unique.
func (e *expression) seed(output int, o ir.NamedOutput) (*G.Node, error) {
	length, err := e.length(o.Node.Shape)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	seed := e.leaf(seedKind, o.Name, gt.Float32, length)
	e.seeds[seed] = output
	return seed, nil
}

// length returns the elements that a value has for Gorgonia.
func (e *expression) length(s ir.Shape) (int, error) {
	n, err := s.Elements(e.graph.Limits)
	return max(n, minLength), err
}

// children returns what a node is made of, in order and with repetitions. The list itself
// is private to Gorgonia.
func (e *expression) children(n *G.Node) []*G.Node {
	var out []*G.Node
	for it := e.expr.From(n.ID()); it.Next(); {
		out = append(out, it.Node().(*G.Node))
	}
	return out
}
