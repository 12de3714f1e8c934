// Package sesemi is the strategy that learns from unlabelled samples by telling
// which of six rotations and flips was done to them.
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
	Doc: "Trains the classifier on labelled samples together with a proxy task on unlabelled ones: " +
		"telling which of six transformations was done. " +
		"The classes are, in this order, rotations by 0, 90, 180 and 270 degrees counter-clockwise, horizontal and " +
		"vertical flip. " +
		"One phase, joint, with the branches supervised (multi-hot) and proxy (one-hot of 6). Source: Tran 2019 " +
		"(arXiv:1906.10343). " +
		"Differs: a row draws one class instead of making all six, unless transforms says all; frames of a sample " +
		"are transformed alike, " +
		"unless unit says frame; the proxy branch sees unlabelled samples alone.",
	Options: []core.Option{
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "what is transformed and classified as a whole in the proxy branch"},
		{Name: "transforms", Type: core.TypeString, Default: "one", Choices: []string{"one", "all"},
			Doc: "one draws a class for each row; all makes six copies of it, one of each class"},
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

// Program names the branches and the phase that trains both.
func (s sesemi) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	proxy := core.Branch{
		Name: "proxy", Doc: "tells how an unlabelled sample was rotated or flipped",
		Source: core.Unlabeled, Unit: core.Unit(s.Unit),
		Views:  []core.View{{Name: "transformed", Augment: true, Transform: true, Copies: s.task().Copies()}},
		Target: core.TargetOneHot, Origin: core.FromTransform, Outputs: classes,
		Outcomes: []string{"0°", "90°", "180°", "270°", "horizontal flip", "vertical flip"},
		Reads:    []core.Property{core.Orientation, core.Handedness},
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples, step by step",
		Branches: []string{supervised.Name, proxy.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, proxy}, Phases: []core.Phase{joint},
		Predict: supervised.Name}, nil
}

// Transform turns or flips the frames of every row and writes its class.
func (s sesemi) Transform(ctx context.Context, call core.TransformCall) error {
	return s.task().Run(ctx, call)
}

func (s sesemi) task() sdk.Task {
	return sdk.Task{Classes: classes, All: s.Transforms == "all", Transform: transform}
}
