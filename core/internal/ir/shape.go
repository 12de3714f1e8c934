package ir

import (
	"fmt"
	"strings"

	"montage/core/tensor"
)

// Dim is one dimension: the constant Size, or the value of the symbol Sym plus Size.
// Dimensions are the same for every value of the symbol where they are equal by ==.
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

func (d Dim) String() string {
	switch {
	case d.Sym == "":
		return fmt.Sprint(d.Size)
	case d.Size == 0:
		return d.Sym
	}
	return fmt.Sprintf("%s%+d", d.Sym, d.Size)
}

// Shape is a list of dimensions. The empty shape is a scalar's.
type Shape []Dim

func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// Equal reports whether two shapes are the same for every value of the symbols.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}

// At returns the shape in numbers for given values of the symbols. A symbol that is not
// among them counts 0.
func (s Shape) At(sizes map[string]int) []int {
	out := make([]int, len(s))
	for i, d := range s {
		out[i] = d.Size
		if d.Sym != "" {
			out[i] += sizes[d.Sym]
		}
	}
	return out
}

// Elements returns the number of elements for given values of the symbols. A product that
// does not fit an int is an error.
func (s Shape) Elements(sizes map[string]int) (int, error) { return tensor.Elements(s.At(sizes)) }

// Constants returns the sizes of constant dimensions, or an error that names the
// first dimension that is not constant.
func (s Shape) Constants() ([]int, error) {
	out := make([]int, len(s))
	for i, d := range s {
		if d.Sym != "" {
			return nil, fmt.Errorf("expected constant dimensions, seen %v in %v", d, s)
		}
		out[i] = d.Size
	}
	return out, nil
}

// Constant reports whether no dimension has a symbol.
func (s Shape) Constant() bool {
	for _, d := range s {
		if d.Sym != "" {
			return false
		}
	}
	return true
}

// CountedBy reports whether the first dimension, and no other, is the symbol's count.
func (s Shape) CountedBy(symbol string) bool {
	return len(s) > 0 && s[0] == Sym(symbol) && s[1:].Constant()
}

// One returns the shape with 1 for every symbol.
func (s Shape) One() Shape {
	out := make(Shape, len(s))
	for i, d := range s {
		if out[i] = d; d.Sym != "" {
			out[i] = Fixed(1 + d.Size)
		}
	}
	return out
}

// ConstantShape returns the shape of a parameter.
func ConstantShape(sizes []int) Shape {
	s := make(Shape, len(sizes))
	for i, n := range sizes {
		s[i] = Fixed(n)
	}
	return s
}

// Infer takes the values of the symbols from a real shape, and checks the rest. It adds to
// sizes. A symbol that is there already, from an earlier input or dimension, must have the
// same value.
func (s Shape) Infer(seen []int, sizes map[string]int) error {
	if len(seen) != len(s) {
		return fmt.Errorf("expected shape %v, seen %v", s, seen)
	}
	for i, d := range s {
		if d.Sym == "" {
			if seen[i] != d.Size {
				return fmt.Errorf("expected shape %v, seen %v", s, seen)
			}
			continue
		}
		n := seen[i] - d.Size
		if was, ok := sizes[d.Sym]; ok && was != n {
			return fmt.Errorf("expected shape %v with %s = %d as in an earlier input, seen %v", s, d.Sym, was, seen)
		}
		// Offsets [B+1] of no elements at all would make B = -1.
		if n < 0 {
			return fmt.Errorf("expected shape %v, seen %v, which makes %s negative", s, seen, d.Sym)
		}
		sizes[d.Sym] = n
	}
	return nil
}
