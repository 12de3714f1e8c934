// Package sesemi is SESEMI: supervised training together with a proxy task on unlabelled
// samples, predicting which of six rotations and flips was applied.
//
// Source: Tran, "Exploring Self-Supervised Regularization for Supervised and
// Semi-Supervised Learning", 2019 (arXiv:1906.10343), section 3.
package sesemi

import (
	"context"

	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "sesemi",
	Doc: "Trains on labelled samples together with a proxy task on unlabelled ones: predicting a rotation or flip. " +
		"The classes of the proxy task are, in this order, rotations by 0, 90, 180 and 270 degrees " +
		"counter-clockwise, horizontal flip and vertical flip. " +
		"Configure it in these tables of the spec. [phase.joint] trains [branch.supervised] (multi-hot) and " +
		"[branch.proxy] (one-hot of 6) together. Source: Tran 2019 (arXiv:1906.10343). " +
		"Differs: each row has one random class, not all six, unless transforms = \"all\"; all frames of a sample " +
		"have the same class, unless unit = \"frame\"; the proxy branch sees unlabelled samples only.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "sample: the proxy branch transforms all frames of a sample alike; frame: each frame by itself"},
		{Name: "transforms", Type: core.TypeString, Default: "one", Choices: []string{"one", "all"},
			Doc: "one: a random class for each row; all: six copies of each row, one for each class"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := sesemi{}
		values.Into(&s)
		return s, nil
	},
}

type sesemi struct {
	Unit       string `option:"unit"`
	Transforms string `option:"transforms"`
}

// Plan declares the two branches and the phase that trains both.
func (s sesemi) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	proxy := core.Branch{
		Name: "proxy", Doc: "predicts how an unlabelled sample was rotated or flipped",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "transformed", Augment: true, Transform: true, Copies: s.task().Copies()}},
		Target: core.TargetOneHot, Origin: core.FromTransform, Outputs: classes,
		Outcomes: []string{"0°", "90°", "180°", "270°", "horizontal flip", "vertical flip"},
		Reads:    []core.Property{core.Orientation, core.Handedness},
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples in every step",
		Branches: []string{supervised.Name, proxy.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, proxy}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}

// Transform rotates or flips the frames of every row and writes its class.
func (s sesemi) Transform(ctx context.Context, call core.TransformCall) error {
	return s.task().Run(ctx, call)
}

func (s sesemi) task() sdk.Task {
	return sdk.Task{Classes: classes, All: s.Transforms == "all", Transform: transform}
}
