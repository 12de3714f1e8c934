package ir

import (
	"slices"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// both is an operator on two nodes, row by row.
func both(a, b *Node) *Node {
	op := Copying()
	op.Name, op.Rowwise = "both", true
	return Apply(op, a, b)
}

func (g *Graph) frozenParam(name string, frozen bool) *Node {
	return g.Param(core.Param{Name: name, Shape: []int{4}, Frozen: frozen})
}

// halfFrozen reads frozen parameters before and behind the cut, and their copy on both sides.
func halfFrozen(g *Graph) {
	x := g.Input("x", tensor.Float32, Shape{Sym("N"), Fixed(4)})
	shared := g.Copy(g.frozenParam("shared", true))
	prefix := both(both(x, g.frozenParam("first", true)), shared)
	g.Copy(both(x, shared)) // for nobody
	g.Output("y", both(both(prefix, g.frozenParam("trained", false)), shared))
}

func built(t *testing.T, author func(*Graph)) *Graph {
	t.Helper()
	g, err := Build(true, map[string]int{"N": 3}, func(d *Draft) { author(d.Graph()) })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestCutBehindThePrefix(t *testing.T) {
	g := built(t, halfFrozen)
	n, before := g.FrozenPrefix()
	if n == nil || n.Label != "both#2" || len(before) != 3 {
		t.Fatalf("the prefix is %v with %d operators", n, len(before))
	}
	if err := g.KeepPrefix(); err != nil || len(g.Outputs) != 1 || g.Outputs[0].Node != n {
		t.Errorf("outputs are %v, error %v", g.Outputs, err)
	}
	rest := built(t, halfFrozen)
	if err := rest.DropPrefix(); err != nil || len(rest.Inputs) != 1 || rest.Inputs[0].Label != "prefix" {
		t.Errorf("inputs are %v, error %v", rest.Inputs, err)
	}
	// What is left can be walked in its order: an operator's inputs come before it.
	for i, n := range rest.Nodes {
		if n.By == nil {
			continue
		}
		for _, in := range n.By.In {
			if !slices.Contains(rest.Nodes[:i], in) {
				t.Errorf("%s reads %s, which is gone", n.Label, in.Label)
			}
		}
	}
	if nothing := built(t, func(g *Graph) { g.Output("y", g.frozenParam("w", false)) }); nothing.DropPrefix() == nil {
		t.Error("a graph without a prefix was cut")
	}
}

func TestFirstErrorIsKept(t *testing.T) {
	_, err := Build(false, nil, func(d *Draft) {
		g := d.Graph()
		w := g.frozenParam("w", false)
		n := g.Copy(g.frozenParam("w", false)) // declared twice
		g.Output("y", both(w, n))
		g.Output("y", n)
	})
	if err == nil || !strings.Contains(err.Error(), `parameter "w" is declared twice`) {
		t.Errorf("seen %v", err)
	}
	if _, err := Build(false, nil, func(*Draft) { both(nil, nil) }); err == nil ||
		!strings.Contains(err.Error(), "panicked: graph: both has no input") {
		t.Errorf("seen %v", err)
	}
}

func TestShapes(t *testing.T) {
	s := Shape{Sym("B").Plus(1), Fixed(3)}
	sizes := map[string]int{}
	if err := s.Infer([]int{5, 3}, sizes); err != nil || sizes["B"] != 4 || s.String() != "[B+1,3]" {
		t.Errorf("%v of %v, %v", sizes, s, err)
	}
	for _, seen := range [][]int{{5}, {5, 4}, {0, 3}, {6, 3}} {
		if s.Infer(seen, sizes) == nil {
			t.Errorf("%v passed as %v with B = 4", seen, s)
		}
	}
	if s.CountedBy("B") || !(Shape{Sym("B"), Fixed(3)}).CountedBy("B") || s.Constant() {
		t.Error("B+1 rows are not counted by B")
	}
	if one := s.One(); !one.Equal(Shape{Fixed(2), Fixed(3)}) {
		t.Errorf("%v for one sample", one)
	}
}
