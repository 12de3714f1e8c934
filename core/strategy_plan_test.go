package core

import (
	"fmt"
	"strings"
	"testing"
)

// sesemi is the plan of the package comment.
func sesemi() StrategyPlan {
	return StrategyPlan{
		Branches: []Branch{
			{Name: "supervised", Source: Labeled, Unit: UnitSample, Target: TargetMultiHot, Origin: FromLabels,
				Views: []View{{Name: "view", Augment: true}}},
			{Name: "proxy", Source: Unlabeled, Unit: UnitSample, Target: TargetOneHot, Origin: FromTransform,
				Outputs: 6, Views: []View{{Name: "view", Augment: true, Transform: true}}},
		},
		Phases:  []Phase{{Name: "joint", Branches: []string{"supervised", "proxy"}}},
		Predict: "supervised",
	}
}

// byol uses what sesemi does not: a teacher, two heads and views of views.
func byol() StrategyPlan {
	teacher := func(of string) View {
		return View{Name: "t" + of, SharesFramesOf: of, NoGradient: true, Teacher: true, StopsAtHead: "head"}
	}
	p := sesemi()
	p.Teacher = &Teacher{Decay: 0.99}
	p.Branches[1] = Branch{Name: "proxy", Source: Unlabeled, Unit: UnitFrame, Target: TargetVector, Origin: FromOutputs,
		Heads: []string{"head", "predictor"},
		Views: []View{{Name: "a", Augment: true}, {Name: "b", Augment: true}, teacher("a"), teacher("b")}}
	return p
}

func TestStrategyPlanCheck(t *testing.T) {
	if err := sesemi().Check(); err != nil {
		t.Error(err)
	}
	if err := byol().Check(); err != nil {
		t.Error(err)
	}
	cases := []struct {
		want  string
		spoil func(*StrategyPlan)
	}{
		{"is not among the branches", func(p *StrategyPlan) { p.Predict = "x" }},
		{"there is no phase", func(p *StrategyPlan) { p.Phases = nil }},
		{"trains no branch", func(p *StrategyPlan) { p.Phases[0].Branches = nil }},
		{"does not exist or is named twice", func(p *StrategyPlan) { p.Phases[0].Branches[1] = "supervised" }},
		{"two phases", func(p *StrategyPlan) { p.Phases = append(p.Phases, p.Phases[0]) }},
		{"two branches", func(p *StrategyPlan) { p.Branches[1].Name = "supervised" }},
		{"decay is 2", func(p *StrategyPlan) { p.Teacher.Decay = 2 }},
		{"unknown source", func(p *StrategyPlan) { p.Branches[0].Source = "all" }},
		{"unknown unit", func(p *StrategyPlan) { p.Branches[0].Unit = "" }},
		{"unknown target", func(p *StrategyPlan) { p.Branches[0].Target = "" }},
		{`target "none" from "labels"`, func(p *StrategyPlan) { p.Branches[0].Target = TargetNone }},
		{"labels belong", func(p *StrategyPlan) { p.Branches[0].Source = Unlabeled }},
		{"no view has a gradient", func(p *StrategyPlan) { p.Branches[1].Views = nil }},
		{"two views", func(p *StrategyPlan) { p.Branches[1].Views[1].Name = "a" }},
		{"must come before it", func(p *StrategyPlan) { p.Branches[1].Views[2].SharesFramesOf = "tb" }},
		{"only a transform makes", func(p *StrategyPlan) { p.Branches[1].Views[0].Copies = 2 }},
		{"asks for a teacher", func(p *StrategyPlan) { p.Teacher = nil }},
		{"no name", func(p *StrategyPlan) { p.Branches[1].Name = "../x" }},
		{"not different names", func(p *StrategyPlan) { p.Branches[1].Heads = []string{"head", "head"} }},
		{"not different names", func(p *StrategyPlan) { p.Branches[1].Heads = []string{"a/b", "head"} }},
		{"has draw", func(p *StrategyPlan) { p.Branches[1].Views[0].Draw = 1e9 }},
		{"outputs", func(p *StrategyPlan) { p.Branches[1].Outputs = -1 }},
		{"shares the heads of", func(p *StrategyPlan) { p.Branches[0].SharesHeadsOf = "proxy" }},
		{"shares the heads of", func(p *StrategyPlan) { p.Branches[0].SharesHeadsOf = "supervised" }},
		{"no branch that owns them", func(p *StrategyPlan) { p.Branches[1].SharesHeadsThrough = "head" }},
		// names heads itself
		{"not through which head", func(p *StrategyPlan) { p.Branches[1].SharesHeadsOf = "supervised" }},
		{"which is none of", func(p *StrategyPlan) {
			p.Branches[1].SharesHeadsOf, p.Branches[1].SharesHeadsThrough = "supervised", "tail"
		}},
		{"1 outcomes are named", func(p *StrategyPlan) { p.Branches[1].Outcomes = []string{"a"} }},
		{"which is no head", func(p *StrategyPlan) { p.Branches[1].Views[2].StopsAtHead = "tail" }},
		{"every view with a gradient must have it", func(p *StrategyPlan) { p.Branches[1].Origin = FromTransform }},
		{"a view without a gradient has no use", func(p *StrategyPlan) {
			p.Branches[0].Views = append(p.Branches[0].Views, View{Name: "n", NoGradient: true})
		}},
	}
	for _, c := range cases {
		p := byol()
		c.spoil(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

// TestHeads follows the heads that branches pass, their own, another's, and some
// of another's with their own behind it.
func TestHeads(t *testing.T) {
	p := byol()
	p.Branches[0], p.Branches[1] = p.Branches[1], p.Branches[0]
	for _, c := range []struct {
		shares, through string
		own             []string
		want            string
	}{
		{"", "", nil, "[{supervised head}]"},
		{"proxy", "", nil, "[{proxy head} {proxy predictor}]"},
		{"proxy", "head", nil, "[{proxy head} {supervised head}]"},
		{"proxy", "predictor", []string{"a", "b"}, "[{proxy head} {proxy predictor} {supervised a} {supervised b}]"},
	} {
		b := &p.Branches[1]
		b.SharesHeadsOf, b.SharesHeadsThrough, b.Heads = c.shares, c.through, c.own
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if got := fmt.Sprint(p.Heads(*b)); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}
