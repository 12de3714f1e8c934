package graph

import (
	"slices"

	"montage/core/internal/ir"
)

// Dim is one dimension of a Shape: the constant Size, or the value of the symbol Sym plus
// Size. Dimensions can be compared with ==.
type Dim struct {
	Sym  string
	Size int
}

// Sym returns the dimension that a symbol stands for, such as Sym("N").
func Sym(name string) Dim { return Dim{Sym: name} }

// Fixed returns a constant dimension.
func Fixed(size int) Dim { return Dim{Size: size} }

// Plus returns the dimension enlarged by a constant: Sym("B").Plus(1) offsets.
func (d Dim) Plus(n int) Dim { return Dim{d.Sym, d.Size + n} }

func (d Dim) String() string { return ir.Dim(d).String() }

// Shape is a list of dimensions. The empty shape is a scalar's.
type Shape []Dim

// Equal reports whether two shapes are the same for every value of the symbols.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

func (s Shape) String() string { return s.below().String() }

// The representation below has types of its own, so that the documentation of these shows
// their fields and methods: an alias to what strangers cannot import shows nothing.

func (s Shape) below() ir.Shape {
	if s == nil {
		return nil
	}
	out := make(ir.Shape, len(s))
	for i, d := range s {
		out[i] = ir.Dim(d)
	}
	return out
}

func shapeOf(below ir.Shape) Shape {
	if below == nil {
		return nil
	}
	out := make(Shape, len(below))
	for i, d := range below {
		out[i] = Dim(d)
	}
	return out
}

func shapesOf(below []ir.Shape) []Shape {
	out := make([]Shape, len(below))
	for i, s := range below {
		out[i] = shapeOf(s)
	}
	return out
}
