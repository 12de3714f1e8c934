package graph

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"montage/core/tensor"
)

// To Gorgonia every value is a vector of as many elements as the value has at
// most, and at least two. It keeps its hands off the many special cases that it
// has for scalars and for dimensions of 1; real shapes are checked before it
// sees a node, and all it does with these is to compare them.
const minLength = 2

// symbol is an operator as Gorgonia sees it: a typed box that is differentiable
// or not, and never run.
type symbol struct {
	name   string
	id     uint32 // unique in the graph: Gorgonia takes ops of equal id for the same
	hash   uint32
	in     []gt.Dtype
	length int
}

func (s *symbol) Arity() int { return len(s.in) }

func (s *symbol) Type() hm.Type {
	types := make([]hm.Type, 0, len(s.in)+1)
	for _, d := range s.in {
		types = append(types, G.TensorType{Dims: 1, Of: d})
	}
	return hm.NewFnType(append(types, G.TensorType{Dims: 1, Of: gt.Float32})...)
}

func (s *symbol) InferShape(...G.DimSizer) (gt.Shape, error) { return gt.Shape{s.length}, nil }

func (s *symbol) Do(...G.Value) (G.Value, error) {
	return nil, errors.New("graph: run by Gorgonia, which only differentiates here")
}

func (s *symbol) ReturnsPtr() bool     { return true }
func (s *symbol) CallsExtern() bool    { return false }
func (s *symbol) OverwritesInput() int { return -1 }
func (s *symbol) Hashcode() uint32     { return s.id }
func (s *symbol) String() string       { return s.name }

func (s *symbol) WriteHash(h hash.Hash) {
	_ = binary.Write(h, binary.LittleEndian, s.hash) // a hash never fails to take bytes
}

// forwardSymbol stands for an operator's Forward.
type forwardSymbol struct {
	*symbol
	use *instance
	b   *Builder
}

// vjpSymbol stands for an operator's Backward, which computes all the wanted
// gradients at once (a vector-Jacobian product).
type vjpSymbol struct {
	*symbol
	use *instance
}

// pickSymbol stands for one of the gradients that a vjpSymbol computes: an op of
// Gorgonia has one result.
type pickSymbol struct {
	*symbol
	use   *instance
	input int
}

// DiffWRT names the wanted inputs alone, so that Gorgonia differentiates nothing
// that leads nowhere.
func (s *forwardSymbol) DiffWRT(int) []bool { return s.use.wanted }

// SymDiff adds the vjp and a pick for every wanted input.
func (s *forwardSymbol) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	var read []*G.Node
	for i, n := range in {
		if s.use.needs(i) {
			read = append(read, n)
		}
	}
	if s.use.op.NeedOut {
		read = append(read, out)
	}
	read = append(read, grad)
	vjp, err := G.ApplyOp(&vjpSymbol{s.b.symbol(s.use.label+" backward", read, s.length), s.use}, read...)
	if err != nil {
		return nil, err
	}
	picks := make(G.Nodes, len(in))
	for i, n := range in {
		if !s.use.wanted[i] {
			continue
		}
		pick := s.b.symbol(fmt.Sprintf("%s backward %d", s.use.label, i), []*G.Node{vjp}, n.Shape()[0])
		if picks[i], err = G.ApplyOp(&pickSymbol{pick, s.use, i}, vjp); err != nil {
			return nil, err
		}
	}
	return picks, nil
}

// symbol gives an op its identity.
func (b *Builder) symbol(name string, in []*G.Node, length int) *symbol {
	s := &symbol{name: name, id: b.ids, hash: b.hash(b.ids), length: length}
	b.ids++
	for _, n := range in {
		s.in = append(s.in, n.Dtype())
	}
	return s
}

// leaf adds an input or a parameter to the graph.
func (b *Builder) leaf(v *value) *Node {
	length, err := b.length(v.shape)
	if err != nil {
		return b.Fail(fmt.Errorf("%s: %w", v.label, err))
	}
	d, ok := dtypes[v.dtype]
	if !ok {
		return b.Fail(fmt.Errorf("%s: a graph takes float32, uint8 and int32, not %v", v.label, v.dtype))
	}
	// The place is in the name because an input may be called like a parameter.
	name := fmt.Sprintf("%d/%s", v.place, v.label)
	n := &Node{b: b, value: v}
	n.expr = G.NewTensor(b.expr, d, 1, G.WithShape(length), G.WithName(name))
	b.nodes[n.expr] = n
	return n
}

var dtypes = map[tensor.DType]gt.Dtype{
	tensor.Float32: gt.Float32, tensor.Uint8: gt.Uint8, tensor.Int32: gt.Int32,
}

// use adds an operator to the graph.
func (b *Builder) use(op Op, in []*Node, shape Shape) *Node {
	u := &instance{op: op, in: in, label: fmt.Sprintf("%s#%d", op.Name, len(b.uses)), wanted: make([]bool, len(in))}
	length, err := b.length(shape)
	if err != nil {
		return b.Fail(fmt.Errorf("%s(%s): %w", op.Name, describe(in), err))
	}
	children := make([]*G.Node, len(in))
	for i, n := range in {
		children[i] = n.expr
	}
	expr, err := G.ApplyOp(&forwardSymbol{b.symbol(u.label, children, length), u, b}, children...)
	if err != nil {
		return b.Fail(fmt.Errorf("%s(%s): %w", op.Name, describe(in), err))
	}
	if b.nodes[expr] != nil {
		return b.Fail(fmt.Errorf("%s: %w", u.label, errMerged))
	}
	u.out = &Node{b: b, expr: expr, use: u, value: &value{label: u.label, dtype: tensor.Float32, shape: shape}}
	u.saved = saved(op, in, shape, u.label)
	b.nodes[expr] = u.out
	b.uses = append(b.uses, u)
	return u.out
}

func saved(op Op, in []*Node, out Shape, label string) []*value {
	if op.Saved == nil {
		return nil
	}
	shapes := make([]Shape, len(in))
	for i, n := range in {
		shapes[i] = n.value.shape
	}
	var values []*value
	for i, s := range op.Saved(shapes, out) {
		values = append(values, &value{label: fmt.Sprintf("%s saved %d", label, i), dtype: s.DType, shape: s.Shape})
	}
	return values
}

// length returns the elements that a value has for Gorgonia.
func (b *Builder) length(s Shape) (int, error) {
	for _, d := range s {
		if d.Sym != "" && b.limits[d.Sym] <= 0 {
			return 0, fmt.Errorf("symbol %s of shape %v has no limit\nhint: name the greatest %s in Spec.Limits", d.Sym,
				s, d.Sym)
		}
	}
	n, err := s.elements(b.limits)
	return max(n, minLength), err
}
