package model

import (
	"slices"
	"testing"

	"montage/core"
	"montage/core/rng"
	"montage/core/tensor"
)

// TestSizes is a branch of two samples of three frames, with a view of four copies.
func TestSizes(t *testing.T) {
	b := &Branch{Batch: 2, Frames: 3, Branch: core.Branch{Unit: core.UnitSample, Views: []core.View{
		{Name: "a"}, {Name: "copies", Copies: 4}, {Name: "again", SharesFramesOf: "copies", NoGradient: true},
		{Name: "weak", NoGradient: true}}}}
	for i, want := range []Size{{6, 2}, {24, 8}, {24, 8}, {6, 2}} {
		if got := b.View(b.Views[i]); got != want {
			t.Errorf("view %s: %v, want %v", b.Views[i].Name, got, want)
		}
	}
	if b.WithGradient() != (Size{30, 10}) || b.Largest() != (Size{30, 10}) || b.GradientViews() != 2 {
		t.Errorf("gradient %v, largest %v, %d views", b.WithGradient(), b.Largest(), b.GradientViews())
	}
	b.Views = b.Views[1:] // now the view without a gradient is as large as the one with
	b.Views[0].NoGradient, b.Views[2].NoGradient = true, false
	if b.WithGradient() != (Size{6, 2}) || b.Largest() != (Size{24, 8}) {
		t.Errorf("gradient %v, largest %v", b.WithGradient(), b.Largest())
	}
	b.Unit = core.UnitFrame
	if b.Draw() != (Size{6, 6}) {
		t.Errorf("frames as rows: %v", b.Draw())
	}
}

func TestHeadsPassed(t *testing.T) {
	all := []*StatefulModule{{}, {}, {}}
	for _, c := range []struct {
		branch core.Branch
		stop   string
		want   int
	}{
		{core.Branch{Heads: []string{"a", "b", "c"}}, "", 3},
		{core.Branch{Heads: []string{"a", "b", "c"}}, "b", 2},
		{core.Branch{Heads: []string{"b", "c"}, SharesHeadsOf: "x", SharesHeadsThrough: "a"}, "b", 2},
	} {
		b := &Branch{Branch: c.branch, Chain: Chain{Heads: all}}
		if got := b.HeadsPassed(core.View{StopsAtHead: c.stop}); got != c.want {
			t.Errorf("%v until %q: %d heads, want %d", c.branch, c.stop, got, c.want)
		}
	}
}

func TestTargetWidth(t *testing.T) {
	b := &Branch{Classes: 7, Chain: Chain{Heads: []*StatefulModule{{}, {Plan: core.ModulePlan{Outputs: 4}}}}}
	for _, c := range []struct {
		target core.TargetKind
		origin core.TargetOrigin
		want   int
	}{
		{core.TargetNone, core.FromNothing, 0},
		{core.TargetMultiHot, core.FromLabels, 7},
		{core.TargetVector, core.FromOutputs, 4},
	} {
		if b.Target, b.Origin = c.target, c.origin; b.TargetWidth() != c.want {
			t.Errorf("%s from %s: %d, want %d", c.target, c.origin, b.TargetWidth(), c.want)
		}
	}
}

// TestInferredViewsKeepTheirOutputs, though a second one goes through the same chain.
func TestInferredViewsKeepTheirOutputs(t *testing.T) {
	c, _ := newChain(t)
	b := &Branch{Chain: *c, Batch: 3, Frames: 1, Branch: core.Branch{Heads: []string{"a", "b"},
		Views: []core.View{{Name: "a", NoGradient: true}, {Name: "b", NoGradient: true}, {Name: "c"}}}}
	if err := b.AllocateViews(plain{}); err != nil {
		t.Fatal(err)
	}
	first, err := b.InferView(t.Context(), 0, rowsOf())
	if err != nil {
		t.Fatal(err)
	}
	in := rowsOf()
	in.Frames = framesOf(1, 1, 1)
	second, err := b.InferView(t.Context(), 1, in)
	if err != nil || !slices.Equal(first.Float32s(), []float32{210, 270}) ||
		!slices.Equal(second.Float32s(), []float32{30, 30}) {
		t.Errorf("outputs %v and %v, %v", first.Float32s(), second.Float32s(), err)
	}
	if b.Trained() || len(b.Modules()) != 3 || b.Modules()[0] != c.Backbone {
		t.Errorf("trained %v, modules %v", b.Trained(), b.Modules())
	}
}

// TestInitialValues are a function of the seed and of the names alone.
func TestInitialValues(t *testing.T) {
	params := []core.Param{
		{Name: "c", Shape: []int{3}, Init: core.Init{Kind: "constant", Value: 0.5}},
		{Name: "u", Shape: []int{1000}, Init: core.Init{Kind: "uniform", Value: 2}},
		{Name: "n", Shape: []int{1000}, Init: core.Init{Kind: "normal", Value: 3}, Frozen: true},
		{Name: "b", Shape: []int{4}, Init: core.Init{Kind: "constant"}, Buffer: true},
	}
	values := func(name string, key rng.Key, order ...int) map[string][]float32 {
		m := &StatefulModule{Name: name}
		for _, i := range order {
			m.Plan.Params = append(m.Plan.Params, params[i])
		}
		if err := m.Allocate(plain{}, plain{}, false); err != nil {
			t.Fatal(err)
		}
		if err := m.Initialize(key); err != nil {
			t.Fatal(err)
		}
		out := map[string][]float32{}
		for _, n := range m.Named() {
			out[n.Name] = n.Tensor.Float32s()
		}
		return out
	}
	a := values("x.head", 1, 0, 1, 2, 3)
	var squares, greatest float64
	for i, v := range a["n"] {
		squares += float64(v * v)
		greatest = max(greatest, float64(a["u"][i]), -float64(a["u"][i]))
	}
	if a["c"][2] != 0.5 || a["b"][0] != 0 || greatest > 2 || greatest < 1.9 || squares < 8000 || squares > 10000 {
		t.Errorf("constant %v, greatest %v, squares %v", a["c"], greatest, squares)
	}
	if b := values("x.head", 1, 2, 1); !slices.Equal(b["u"], a["u"]) || !slices.Equal(b["n"], a["n"]) {
		t.Error("values depend on the other parameters")
	}
	if values("y.head", 1, 1)["u"][0] == a["u"][0] || values("x.head", 2, 1)["u"][0] == a["u"][0] {
		t.Error("another module or seed has the same values")
	}
}

func TestCountLeavesBuffersOut(t *testing.T) {
	params := []core.Param{{Name: "w", Shape: []int{2, 3}}, {Name: "f", Shape: []int{5}, Frozen: true},
		{Name: "b", Shape: []int{7}, Buffer: true}}
	m := &StatefulModule{Plan: core.ModulePlan{Params: params}}
	if all, trained := m.Count(); all != 11 || trained != 6 || !m.Trainable() {
		t.Errorf("%d parameters, %d trained", all, trained)
	}
	if m.Plan.Params = params[1:]; m.Trainable() {
		t.Error("frozen parameters and buffers are trained")
	}
	m.Plan.Params = []core.Param{{Name: "w", Shape: []int{1}, Init: core.Init{Kind: "guess"}}}
	m.State = []tensor.Tensor{tensor.New(tensor.Float32, 1)}
	if err := m.Initialize(1); err == nil {
		t.Error("an unknown initialisation was done")
	}
}

func TestTeachersAreNamedAsTheirStudents(t *testing.T) {
	c, _ := newChain(t)
	named := c.Backbone.NamedTeacher()
	if len(named) != 2 || named[0].Name != "w" || named[0].Tensor.Float32s()[0] != 3 {
		t.Errorf("the teacher is %v", named)
	}
}

// TestPlansThatCannotBeHeld changes one thing of a good plan at a time.
func TestPlansThatCannotBeHeld(t *testing.T) {
	good := func() *StatefulModule {
		return &StatefulModule{Name: "m", Plan: core.ModulePlan{Outputs: 1, FrozenPrefix: []int{2},
			Params: []core.Param{{Name: "a", Shape: []int{1}}, {Name: "b", Shape: []int{2, 3}}}}}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(p *core.ModulePlan){
		"no outputs": func(p *core.ModulePlan) { p.Outputs = 0 },
		"no prefix":  func(p *core.ModulePlan) { p.FrozenPrefix[0] = 0 },
		"no name":    func(p *core.ModulePlan) { p.Params[0].Name = "" },
		"one name":   func(p *core.ModulePlan) { p.Params[0].Name = "b" },
		"no shape":   func(p *core.ModulePlan) { p.Params[0].Shape = nil },
		"no element": func(p *core.ModulePlan) { p.Params[0].Shape = []int{0} },
		"negative":   func(p *core.ModulePlan) { p.Params[0].Shape = []int{-1} },
	} {
		m := good()
		spoil(&m.Plan)
		if m.Check() == nil {
			t.Errorf("%s: the plan is taken", what)
		}
	}
}
