package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"montage/core/tensor"
)

// Part is what of a graph a program computes.
type Part uint8

const (
	// Whole is all of it.
	Whole Part = iota
	// FrozenPrefix is what no training changes: from the inputs to the cut, which is its one
	// output.
	Prefix
	// Rest is what follows the cut, which is its one input.
	Rest
)

// Cut is where a graph can be taken apart: the one value through which all that
// trains, draws random numbers or mixes rows learns of the inputs.
type Cut struct {
	// Shape is that of the value: a symbol that counts rows, then constants. It is nil
	// where the graph has no such value, or reads nothing frozen before it.
	Shape Shape
	// Operators tells the frozen prefixes of two graphs apart.
	Operators string
}

// origin is what a node's value depends on.
type origin uint8

const (
	moving  origin = iota // anything else
	settled               // frozen parameters and buffers alone
	perRow                // those, and the same row of the inputs
)

// origins follows what is frozen from the leaves through the operators.
func (b *Builder) origins() map[*Node]origin {
	from := map[*Node]origin{}
	for _, n := range b.inputs {
		if s := n.value.shape; len(s) > 0 && s[0].Sym != "" && n.value.counted(s[0].Sym) {
			from[n] = perRow
		}
	}
	for _, p := range b.params {
		if p.Frozen {
			from[p.node] = settled
		}
	}
	for _, u := range b.uses {
		from[u.out] = u.origin(from)
	}
	return from
}

func (u *instance) origin(from map[*Node]origin) origin {
	out := settled
	for _, n := range u.in {
		switch from[n] {
		case moving:
			return moving
		case perRow:
			out = perRow
		}
	}
	s := u.out.value.shape
	switch {
	case u.op.Random || u.op.statistic:
		return moving
	case out == perRow && (!u.op.Rowwise || len(s) == 0 || s[0].Sym == "" || !u.out.value.counted(s[0].Sym)):
		return moving
	}
	return out
}

// cut returns the node behind which the graph can be cut, and the operators before
// it; nil where there is none.
func (b *Builder) cut() (*Node, []*instance) {
	from, live := b.origins(), b.live()
	var crossing []*Node
	cross := func(n *Node) {
		if (from[n] == perRow || n.value.place == placeInput) && !slices.Contains(crossing, n) {
			crossing = append(crossing, n)
		}
	}
	for _, u := range b.uses {
		if live[u] && from[u.out] == moving {
			for _, n := range u.in {
				cross(n)
			}
		}
	}
	for _, o := range b.outputs {
		cross(o.node)
	}
	for _, u := range b.updates {
		cross(u.node)
	}
	if len(crossing) != 1 || crossing[0].use == nil {
		return nil, nil
	}
	before := b.before(crossing[0])
	if !slices.ContainsFunc(before, (*instance).frozen) {
		return nil, nil
	}
	return crossing[0], before
}

// before returns the operators that a node is made of.
func (b *Builder) before(n *Node) (list []*instance) {
	made := map[*instance]bool{n.use: true}
	for _, u := range slices.Backward(b.uses) {
		if !made[u] {
			continue
		}
		list = append(list, u)
		for _, in := range u.in {
			if in.use != nil {
				made[in.use] = true
			}
		}
	}
	slices.Reverse(list)
	return list
}

// frozen tells whether an operator reads a frozen parameter or buffer.
func (u *instance) frozen() bool {
	return slices.ContainsFunc(u.in, func(n *Node) bool { return n.value.frozen })
}

func (b *Builder) describeCut() Cut {
	n, before := b.cut()
	if n == nil {
		return Cut{}
	}
	var text strings.Builder
	for _, u := range before {
		fmt.Fprintf(&text, "%s(%s) %v\n", u.label, describe(u.in), u.out.value.shape)
	}
	return Cut{n.value.shape, text.String()}
}

// keep takes away from the graph what its part does not need.
func (b *Builder) keep(part Part) error {
	if part == Whole {
		return nil
	}
	n, _ := b.cut()
	if n == nil {
		return errors.New("the graph has no prefix\nhint: Description.Prefix tells")
	}
	if part == Prefix {
		b.outputs, b.updates = []output{{"prefix", n}}, nil
		return nil
	}
	for i, o := range b.outputs {
		if o.node == n {
			b.outputs[i].node = Copy(n)
		}
	}
	for i, u := range b.updates {
		if u.node == n {
			b.updates[i].node = Copy(n)
		}
	}
	n.use = nil
	*n.value = value{label: "prefix", dtype: tensor.Float32, shape: n.value.shape, place: placeInput}
	b.inputs = []*Node{n}
	return nil
}
