// Package rotation is RotNet: pretraining on unlabelled samples by predicting their rotation,
// then fine-tuning.
//
// Source: Gidaris, Singh, Komodakis, "Unsupervised Representation Learning by
// Predicting Image Rotations", 2018 (arXiv:1803.07728), equations 2 and 3.
package rotation

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "rotation",
	Doc: "Pretrains on unlabelled samples by predicting how far a frame was rotated, then fine-tunes the classifier. " +
		"Configure it in these tables of the spec. [phase.pretrain] trains [branch.turn] (one-hot of 4): rotations " +
		"by 0, 90, 180 and 270 degrees counter-clockwise, in this order. [phase.finetune] trains [branch.supervised] " +
		"(multi-hot). Source: Gidaris et al. 2018 (RotNet, arXiv:1803.07728). " +
		"Differs: the paper evaluates features with classifiers on frozen layers; " +
		"here the trainable layers of the backbone are fine-tuned.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "frame", Choices: []string{"frame", "sample"},
			Doc: "frame: each frame has its own rotation; sample: all frames of a sample have the same"},
		{Name: "turns", Type: core.TypeString, Default: "all", Choices: []string{"all", "one"},
			Doc: "all: four copies of each row, one for each class, as in the paper; one: a random class for each row"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := rotation{}
		values.Into(&s)
		return s, nil
	},
}

type rotation struct {
	Unit  string `option:"unit"`
	Turns string `option:"turns"`
}

// Plan declares the two branches and a phase for each.
func (s rotation) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	turn := core.Branch{
		Name: "turn", Doc: "predicts how far an unlabelled frame was rotated",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "turned", Augment: true, Transform: true, Copies: s.task().Copies()}},
		Target: core.TargetOneHot, Origin: core.FromTransform, Outputs: classes, Outcomes: []string{"0°", "90°", "180°",
			"270°"},
		Reads: []core.Property{core.Orientation},
	}
	supervised := sdk.Supervised(in)
	phases := []core.Phase{
		{Name: "pretrain", Doc: "unlabelled samples, rotated", Branches: []string{turn.Name}},
		{Name: "finetune", Doc: "labelled samples", Branches: []string{supervised.Name}},
	}
	return core.StrategyPlan{Branches: []core.Branch{turn, supervised}, Phases: phases, Predict: supervised.Name}, nil
}

// Transform rotates the frames of every row and writes its class.
func (s rotation) Transform(ctx context.Context, call core.TransformCall) error {
	return s.task().Run(ctx, call)
}

func (s rotation) task() sdk.Task {
	return sdk.Task{Classes: classes, All: s.Turns == "all", Transform: turn}
}
