package core

import (
	"fmt"
	"strings"
	"testing"
)

// sesemi is the program of the package comment.
func sesemi() Program {
	return Program{
		Branches: []Branch{
			{Name: "genre", Source: Labeled, Unit: UnitTrailer, Target: TargetMultiHot, Origin: FromLabels, Views: []View{{Name: "view", Augment: true}}},
			{Name: "proxy", Source: Unlabeled, Unit: UnitTrailer, Target: TargetOneHot, Origin: FromTransform, Outputs: 6, Views: []View{{Name: "view", Augment: true, Transform: true}}},
		},
		Phases:  []Phase{{Name: "joint", Branches: []string{"genre", "proxy"}}},
		Predict: "genre",
	}
}

// byol uses what sesemi does not: a teacher, two heads and views of views.
func byol() Program {
	teacher := func(of string) View {
		return View{Name: "t" + of, Of: of, NoGradient: true, Teacher: true, Until: "head"}
	}
	p := sesemi()
	p.Teacher = &Teacher{Decay: 0.99}
	p.Branches[1] = Branch{Name: "proxy", Source: Unlabeled, Unit: UnitFrame, Target: TargetVector, Origin: FromOutputs, Heads: []string{"head", "predictor"},
		Views: []View{{Name: "a", Augment: true}, {Name: "b", Augment: true}, teacher("a"), teacher("b")}}
	return p
}

func TestProgramCheck(t *testing.T) {
	if err := sesemi().Check(); err != nil {
		t.Error(err)
	}
	if err := byol().Check(); err != nil {
		t.Error(err)
	}
	cases := []struct {
		want  string
		spoil func(*Program)
	}{
		{"is not among the branches", func(p *Program) { p.Predict = "x" }},
		{"there is no phase", func(p *Program) { p.Phases = nil }},
		{"trains no branch", func(p *Program) { p.Phases[0].Branches = nil }},
		{"does not exist or is named twice", func(p *Program) { p.Phases[0].Branches[1] = "genre" }},
		{"two phases", func(p *Program) { p.Phases = append(p.Phases, p.Phases[0]) }},
		{"two branches", func(p *Program) { p.Branches[1].Name = "genre" }},
		{"decay is 2", func(p *Program) { p.Teacher.Decay = 2 }},
		{"unknown source", func(p *Program) { p.Branches[0].Source = "all" }},
		{"unknown unit", func(p *Program) { p.Branches[0].Unit = "" }},
		{"unknown target", func(p *Program) { p.Branches[0].Target = "" }},
		{`target "none" from "labels"`, func(p *Program) { p.Branches[0].Target = TargetNone }},
		{"labels belong", func(p *Program) { p.Branches[0].Source = Unlabeled }},
		{"no view has a gradient", func(p *Program) { p.Branches[1].Views = nil }},
		{"two views", func(p *Program) { p.Branches[1].Views[1].Name = "a" }},
		{"must come before it", func(p *Program) { p.Branches[1].Views[2].Of = "tb" }},
		{"only a transform makes", func(p *Program) { p.Branches[1].Views[0].Copies = 2 }},
		{"asks a teacher", func(p *Program) { p.Teacher = nil }},
		{"no name", func(p *Program) { p.Branches[1].Name = "../x" }},
		{"not different names", func(p *Program) { p.Branches[1].Heads = []string{"head", "head"} }},
		{"not different names", func(p *Program) { p.Branches[1].Heads = []string{"a/b", "head"} }},
		{"has draw", func(p *Program) { p.Branches[1].Views[0].Draw = 1e9 }},
		{"outputs", func(p *Program) { p.Branches[1].Outputs = -1 }},
		{"shares the heads of", func(p *Program) { p.Branches[0].Shares = "proxy" }},
		{"shares the heads of", func(p *Program) { p.Branches[0].Shares = "genre" }},
		{"no branch whose they are", func(p *Program) { p.Branches[1].Through = "head" }},
		{"not through which head", func(p *Program) { p.Branches[1].Shares = "genre" }}, // names heads itself
		{"which is none of", func(p *Program) { p.Branches[1].Shares, p.Branches[1].Through = "genre", "tail" }},
		{"1 outcomes are named", func(p *Program) { p.Branches[1].Outcomes = []string{"a"} }},
		{"which is no head", func(p *Program) { p.Branches[1].Views[2].Until = "tail" }},
		{"a transform that not every view", func(p *Program) { p.Branches[1].Origin = FromTransform }},
		{"whose outputs nobody reads", func(p *Program) { p.Branches[0].Views = append(p.Branches[0].Views, View{Name: "n", NoGradient: true}) }},
	}
	for _, c := range cases {
		p := byol()
		c.spoil(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// TestHeads follows the heads that branches pass, their own, another's, and a part
// of another's with their own behind it.
func TestHeads(t *testing.T) {
	p := byol()
	p.Branches[0], p.Branches[1] = p.Branches[1], p.Branches[0]
	for _, c := range []struct {
		shares, through string
		own             []string
		want            string
	}{
		{"", "", nil, "[{genre head}]"},
		{"proxy", "", nil, "[{proxy head} {proxy predictor}]"},
		{"proxy", "head", nil, "[{proxy head} {genre head}]"},
		{"proxy", "predictor", []string{"a", "b"}, "[{proxy head} {proxy predictor} {genre a} {genre b}]"},
	} {
		b := &p.Branches[1]
		b.Shares, b.Through, b.Heads = c.shares, c.through, c.own
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(p.Heads(*b)); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}
