package autodiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"montage/core/internal/ir"
)

// symbol is an operator as Gorgonia sees it: a typed box that is differentiable or not,
// and never run.
type symbol struct {
	name string
	id   uint32 // unique in the graph: Gorgonia takes ops of equal id for the same
	// hash is what Gorgonia merges by. It is the id with the salt of the attempt.
	hash   uint32
	in     []gt.Dtype
	length int
}

// symbol gives an op its identity.
func (e *expression) symbol(name string, in []*G.Node, length int) *symbol {
	s := &symbol{name: name, id: e.ids, hash: e.hash(e.ids), length: length}
	e.ids++
	for _, n := range in {
		s.in = append(s.in, n.Dtype())
	}
	return s
}

func (s *symbol) Arity() int { return len(s.in) }

// All values are vectors here, whatever their real shape.
func (s *symbol) Type() hm.Type {
	types := make([]hm.Type, 0, len(s.in)+1)
	for _, d := range s.in {
		types = append(types, G.TensorType{Dims: 1, Of: d})
	}
	return hm.NewFnType(append(types, G.TensorType{Dims: 1, Of: gt.Float32})...)
}

func (s *symbol) InferShape(...G.DimSizer) (gt.Shape, error) { return gt.Shape{s.length}, nil }

func (s *symbol) Do(...G.Value) (G.Value, error) {
	return nil, errors.New("autodiff: run by Gorgonia, which only differentiates here")
}

// Gorgonia's machines would ask these. None runs, so they claim nothing.
func (s *symbol) ReturnsPtr() bool     { return true }
func (s *symbol) CallsExtern() bool    { return false }
func (s *symbol) OverwritesInput() int { return -1 }
func (s *symbol) Hashcode() uint32     { return s.id }
func (s *symbol) String() string       { return s.name }

func (s *symbol) WriteHash(h hash.Hash) {
	_ = binary.Write(h, binary.LittleEndian, s.hash) // a hash never fails to take bytes
}

// forwardSymbol stands for an operator's Forward. e is there because Gorgonia calls DiffWRT
// and SymDiff without any context.
type forwardSymbol struct {
	*symbol
	of *ir.Application
	e  *expression
}

// vjpSymbol stands for an operator's Backward, which computes all the wanted gradients at
// once (a vector-Jacobian product).
type vjpSymbol struct {
	*symbol
	of *ir.Application
}

// pickSymbol stands for one of the gradients that a vjpSymbol computes: an op of Gorgonia
// has one result.
type pickSymbol struct {
	*symbol
	of    *ir.Application
	input int
}

// DiffWRT names the wanted inputs alone, so that Gorgonia differentiates nothing that
// leads nowhere.
func (s *forwardSymbol) DiffWRT(int) []bool { return s.e.wanted[s.of] }

// SymDiff adds the vjp and a pick for every wanted input.
func (s *forwardSymbol) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	var read []*G.Node
	for i, n := range in {
		if s.of.Needs(i) {
			read = append(read, n)
		}
	}
	if s.of.NeedOut {
		read = append(read, out)
	}
	read = append(read, grad)
	vjp, err := G.ApplyOp(&vjpSymbol{s.e.symbol(s.name+" backward", read, s.length), s.of}, read...)
	if err != nil {
		return nil, err
	}
	picks := make(G.Nodes, len(in))
	for i, n := range in {
		if !s.e.wanted[s.of][i] {
			continue
		}
		pick := s.e.symbol(fmt.Sprintf("%s backward %d", s.name, i), []*G.Node{vjp}, n.Shape()[0])
		if picks[i], err = G.ApplyOp(&pickSymbol{pick, s.of, i}, vjp); err != nil {
			return nil, err
		}
	}
	return picks, nil
}
