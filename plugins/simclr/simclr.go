// Package simclr is SimCLR: contrastive pretraining on unlabelled samples, then fine-tuning.
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
	Doc: "Pretrains on unlabelled samples with a contrastive loss, then fine-tunes the classifier on labelled ones. " +
		"Configure it in these tables of the spec. [phase.pretrain] trains [branch.contrast] (no targets, loss " +
		"nt-xent, head projection), which has two independently augmented views a and b of every row. " +
		"[phase.finetune] trains [branch.supervised] (multi-hot). Source: Chen et al. 2020 (SimCLR, " +
		"arXiv:2002.05709). " +
		"Differs: with unit = \"frame\", frames of one sample are negatives of each other; with unit = \"sample\", " +
		"the views are two random draws of a sample's frames, pooled by the head, which the paper does not have. " +
		"Fine-tuning starts with a new head on the features, as in the paper, unless keep is true. Then " +
		"branch.contrast has a head named kept before its head. Branch supervised continues with kept as " +
		"pretraining left it, followed by its own head; only the head of contrast is dropped. " +
		"This is how SimCLR v2 (arXiv:2006.10029, section 2) fine-tunes from the first of three layers: " +
		"kept = { plugin = \"projection\", layers = 1, last = \"hidden\", outputs = 512 } and head = { plugin = " +
		"\"projection\", outputs = 128 }.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "frame", Choices: []string{"frame", "sample"},
			Doc: "frame: two views of each frame; sample: two random draws of each sample's frames"},
		{Name: "keep", Type: core.TypeBool, Default: false,
			Doc: "true adds a head named kept to branch contrast, before the one that is dropped after pretraining; " +
				"branch supervised fine-tunes it"},
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

// Plan declares the two branches and a phase for each.
func (s simclr) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	second := 0
	if s.Unit == "sample" {
		second = 1 // view b has its own draw of frames
	}
	contrast := core.Branch{
		Name: "contrast", Doc: "distinguishes two views of one row from all other rows",
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
		{Name: "pretrain", Doc: "unlabelled samples, contrastive", Branches: []string{contrast.Name}},
		{Name: "finetune", Doc: "labelled samples", Branches: []string{supervised.Name}},
	}
	return core.StrategyPlan{Branches: []core.Branch{contrast, supervised}, Phases: phases, Predict: supervised.Name},
		nil
}
