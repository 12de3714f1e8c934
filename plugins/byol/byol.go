// Package byol is the strategy that learns from unlabelled samples by predicting
// what an average of its own past makes of another view.
//
// Source: Grill et al., "Bootstrap Your Own Latent", 2020 (arXiv:2006.07733),
// section 3.1 and algorithm 1.
package byol

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "byol",
	Doc: "Trains first the features on unlabelled samples, by predicting what a teacher, an average of its own past, " +
		"makes of another view, " +
		"then the classifier on labelled ones. " +
		"Phase pretrain has the branch latent with two heads: head, the projection, and predictor behind it, which " +
		"the teacher does not pass; " +
		"its views a and b are augmented each by itself, and each predicts the teacher's projection of the other " +
		"(vectors, loss cosine). " +
		"Both heads must end with one width. Phase finetune has the branch supervised (multi-hot). Source: Grill et " +
		"al. 2020 (BYOL, arXiv:2006.07733). " +
		"Differs: the teacher's decay does not rise to 1 during training; the teacher normalises by running " +
		"statistics, not by those of the batch; " +
		"where unit is sample, the views are two draws of a sample's frames.",
	Options: []core.Option{
		{Name: "decay", Type: core.TypeFloat, Default: 0.99, Min: new(0.0), Max: new(1.0),
			Doc: "decay of the teacher's average, per step; the paper has 0.996 and more in runs of 1000 epochs"},
		{Name: "unit", Type: core.TypeString, Default: "frame", Choices: []string{"frame", "sample"},
			Doc: "frame takes two views of a frame; sample two random choices of a sample's frames"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := byol{}
		values.Into(&s)
		return s, nil
	},
}

type byol struct {
	Decay float64 `option:"decay"`
	Unit  string  `option:"unit"`
}

// Program names the branches, a phase for each, and the teacher.
func (s byol) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	second := 0
	if s.Unit == "sample" {
		second = 1 // frames of its own
	}
	latent := core.Branch{
		Name: "latent", Doc: "predicts the teacher's projection of the other view",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit), Heads: []string{"head", "predictor"},
		Views: []core.View{{Name: "a", Augment: true}, {Name: "b", Draw: second, Augment: true}, taught("a"),
			taught("b")},
		Target: core.TargetVector, Origin: core.FromOutputs,
	}
	supervised := sdk.Supervised(in)
	phases := []core.Phase{
		{Name: "pretrain", Doc: "unlabelled samples, one view predicting the other", Branches: []string{latent.Name}},
		{Name: "finetune", Doc: "labelled samples", Branches: []string{supervised.Name}},
	}
	return core.StrategyPlan{Branches: []core.Branch{latent, supervised}, Phases: phases, Predict: supervised.Name,
		Teacher: &core.Teacher{Decay: s.Decay}}, nil
}

// taught is the pass of a view through the teacher, up to the projection.
func taught(of string) core.View {
	return core.View{Name: "teacher-" + of, SharesFramesOf: of, NoGradient: true, Teacher: true, StopsAtHead: "head"}
}
