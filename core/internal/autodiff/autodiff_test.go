package autodiff

import (
	"errors"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/ir"
)

// built returns a graph and its parameters.
func built(t *testing.T, author func(*graph.Builder)) (*ir.Graph, []*ir.Node) {
	t.Helper()
	g, err := ir.Build(true, nil, func(d *ir.Draft) { author((*graph.Builder)(d)) })
	if err != nil {
		t.Fatal(err)
	}
	var params []*ir.Node
	for _, p := range g.Params {
		params = append(params, p.Node)
	}
	return g, params
}

// twins has two sums of gradients that look the same to a hash of their shapes.
func twins(b *graph.Builder) {
	u := b.Param(core.Param{Name: "u", Shape: []int{3}})
	v := b.Param(core.Param{Name: "v", Shape: []int{3}})
	b.Output("y", graph.Add(graph.Add(u, u), graph.Add(v, v)))
}

// Gorgonia takes nodes of equal hash for one. With all our hashes equal it merges sums,
// which must not go unnoticed, and which other hashes cure.
func TestMergedSumsAreNoticed(t *testing.T) {
	g, params := built(t, twins)
	if _, err := attempt(g, params, func(uint32) uint32 { return 0 }); !errors.Is(err, errMerged) {
		t.Errorf("expected %v, seen %v", errMerged, err)
	}
	if _, err := Differentiate(g, params); err != nil {
		t.Error(err)
	}
}

// The steps of a derivative are in an order that can run: every gradient is made before
// it is read, and the total of every leaf is among those made.
func TestStepsCanRunInTheirOrder(t *testing.T) {
	g, params := built(t, twins)
	d, err := Differentiate(g, params)
	if err != nil {
		t.Fatal(err)
	}
	made, sums := map[*Gradient]bool{d.Seeds[0]: true}, 0
	for _, s := range d.Steps {
		if s.Application == nil {
			sums++
			if !made[s.Terms[0]] || !made[s.Terms[1]] {
				t.Errorf("%s is made of terms that come later", s.Sum.Label)
			}
			made[s.Sum] = true
			continue
		}
		if !made[s.Incoming] {
			t.Errorf("%s reads a gradient that comes later", s.Application.Label)
		}
		for _, out := range s.Outgoing {
			made[out] = true
		}
	}
	for i, total := range d.Totals {
		if !made[total] || total.Of != params[i] {
			t.Errorf("the gradient of %s is not made", params[i].Label)
		}
	}
	if sums != 2 || len(d.Steps) != 5 || len(d.Leaves) != 2 {
		t.Errorf("%d sums in %d steps for %d leaves, not 2 in 5 for 2", sums, len(d.Steps), len(d.Leaves))
	}
}

// A leaf that the outputs do not depend on has no gradient, and is no error.
func TestUnreachedLeavesAreLeftOut(t *testing.T) {
	g, params := built(t, func(b *graph.Builder) {
		b.Param(core.Param{Name: "unused", Shape: []int{3}})
		stopped := b.Param(core.Param{Name: "stopped", Shape: []int{3}})
		used := b.Param(core.Param{Name: "used", Shape: []int{3}})
		b.Output("y", graph.Mul(used, graph.StopGradient(stopped)))
	})
	d, err := Differentiate(g, params)
	if err != nil || len(d.Leaves) != 1 || d.Leaves[0] != params[2] {
		t.Errorf("leaves are %v, error %v", d.Leaves, err)
	}
}

// An operator of Gorgonia's own must not be run, whatever brought it in.
func TestStockOperatorsAreRefused(t *testing.T) {
	g, params := built(t, twins)
	r := reach(g, params)
	e, err := express(g, r.wanted, func(id uint32) uint32 { return id })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := G.Tanh(e.nodes[params[0]]); err != nil {
		t.Fatal(err)
	}
	if _, err := e.read(propagation{}); err == nil || !strings.Contains(err.Error(), "an operator of Gorgonia's") {
		t.Errorf("expected a refusal, seen %v", err)
	}
}

// TestOnlyAdditionIsASum makes relatives of Gorgonia's addition: of the same family, and of another.
func TestOnlyAdditionIsASum(t *testing.T) {
	g, params := built(t, twins)
	e, err := express(g, reach(g, params).wanted, func(id uint32) uint32 { return id })
	if err != nil {
		t.Fatal(err)
	}
	u, v := e.nodes[params[0]], e.nodes[params[1]]
	if n, err := G.Add(u, v); err != nil || !e.isSum(n.Op()) {
		t.Errorf("an addition is no sum, error %v", err)
	}
	for name, other := range map[string]func() (*G.Node, error){
		"difference": func() (*G.Node, error) { return G.Sub(u, v) },
		"product":    func() (*G.Node, error) { return G.HadamardProd(u, v) },
		"opposite":   func() (*G.Node, error) { return G.Neg(u) },
		"total":      func() (*G.Node, error) { return G.Sum(u) },
	} {
		if n, err := other(); err != nil || e.isSum(n.Op()) {
			t.Errorf("a %s is a sum, error %v", name, err)
		}
	}
}
