// Package simclr is the strategy that learns from unlabelled samples by telling
// two views of one thing from views of all others.
//
// Source: Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive
// Learning of Visual Representations", 2020 (arXiv:2002.05709), algorithm 1.
package simclr

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "simclr",
	Doc: "Trains first the features on unlabelled samples, by contrast, then the classifier on labelled ones. " +
		"Phase pretrain has the branch contrast: two views a and b of every row, each augmented by itself, and no " +
		"targets (loss nt-xent, head projection); " +
		"phase finetune has the branch supervised (multi-hot). Source: Chen et al. 2020 (SimCLR, arXiv:2002.05709). " +
		"Differs: frames of one sample are negatives of each other where unit is frame; where it is sample, the " +
		"views are two draws of a sample's frames, " +
		"pooled by the head, which the paper does not have. " +
		"Fine-tuning starts with a new head on the features, as the paper's does, unless keep is true: then branch " +
		"contrast has a head kept in front of its head, " +
		"and branch supervised goes on with kept, as pretraining left it, and puts its own head behind it; " +
		"contrast's head alone is dropped. " +
		"So SimCLR v2 (arXiv:2006.10029, section 2) fine-tunes from the first of three layers: " +
		"kept = { plugin = \"projection\", layers = 1, last = \"hidden\", outputs = 512 } and head = { plugin = " +
		"\"projection\", outputs = 128 }.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "frame", Choices: []string{"frame", "sample"},
			Doc: "frame contrasts two views of a frame; sample two random choices of a sample's frames"},
		{Name: "keep", Type: core.TypeBool, Default: false,
			Doc: "true gives branch contrast a further head, kept, in front of the one that is dropped after " +
				"pretraining; branch supervised fine-tunes it"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := simclr{}
		values.Into(&s)
		return s, nil
	},
}

type simclr struct {
	Unit string `option:"unit"`
	Keep bool   `option:"keep"`
}

// Program names the branches and a phase for each.
func (s simclr) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	second := 0
	if s.Unit == "sample" {
		second = 1 // frames of its own
	}
	contrast := core.Branch{
		Name: "contrast", Doc: "tells two views of one row from all other rows",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "a", Augment: true}, {Name: "b", Draw: second, Augment: true}},
		Target: core.TargetNone, Origin: core.FromNothing,
	}
	supervised := sdk.Supervised(in)
	if s.Keep {
		contrast.Heads = []string{"kept", "head"}
		supervised.SharesHeadsOf, supervised.SharesHeadsThrough = contrast.Name, "kept"
	}
	phases := []core.Phase{
		{Name: "pretrain", Doc: "unlabelled samples, by contrast", Branches: []string{contrast.Name}},
		{Name: "finetune", Doc: "labelled samples", Branches: []string{supervised.Name}},
	}
	return core.StrategyPlan{Branches: []core.Branch{contrast, supervised}, Phases: phases, Predict: supervised.Name},
		nil
}
