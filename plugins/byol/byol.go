// Package byol is Bootstrap Your Own Latent: pretraining on unlabelled samples by predicting
// the output of an averaged copy of the model for another view, then fine-tuning.
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
	Doc: "Pretrains on unlabelled samples by predicting an averaged teacher's projection of another view, then " +
		"fine-tunes the classifier. " +
		"Configure it in these tables of the spec. [phase.pretrain] trains [branch.latent] (vector targets, loss " +
		"cosine), which has two heads: head is the projection, and predictor comes after it, in the student only. " +
		"Its views a and b are augmented independently, and each predicts the teacher's projection of the other; " +
		"both heads must have the same output width. " +
		"[phase.finetune] trains [branch.supervised] (multi-hot). " +
		"Source: Grill et al. 2020 (BYOL, arXiv:2006.07733). " +
		"Differs: the teacher's decay does not rise to 1 during training; the teacher uses running statistics in " +
		"batch normalisation, not those of the batch; with unit = \"sample\", the views are two draws of a sample's " +
		"frames.",
	Options: []core.Option{
		{Name: "decay", Type: core.TypeFloat, Default: 0.99, Min: new(0.0), Max: new(1.0),
			Doc: "decay of the teacher's moving average, per step; the paper uses 0.996 and more for 1000 epochs"},
		{Name: "unit", Type: core.TypeString, Default: "frame", Choices: []string{"frame", "sample"},
			Doc: "frame: two views of each frame; sample: two random draws of each sample's frames"},
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

// Plan declares the two branches, a phase for each, and the teacher.
func (s byol) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	second := 0
	if s.Unit == "sample" {
		second = 1 // view b has its own draw of frames
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
		{Name: "pretrain", Doc: "unlabelled samples, each view predicts the other", Branches: []string{latent.Name}},
		{Name: "finetune", Doc: "labelled samples", Branches: []string{supervised.Name}},
	}
	return core.StrategyPlan{Branches: []core.Branch{latent, supervised}, Phases: phases, Predict: supervised.Name,
		Teacher: &core.Teacher{Decay: s.Decay}}, nil
}

// taught returns the view that runs the frames of another through the teacher, up to the
// projection.
func taught(of string) core.View {
	return core.View{Name: "teacher-" + of, SharesFramesOf: of, NoGradient: true, Teacher: true, StopsAtHead: "head"}
}
