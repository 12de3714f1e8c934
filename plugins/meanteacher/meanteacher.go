// Package meanteacher is Mean Teacher: supervised training plus consistency with a moving
// average of the model.
//
// Source: Tarvainen and Valpola, "Mean teachers are better role models", 2017
// (arXiv:1703.01780), section 2.
package meanteacher

import (
	"montage/core"
	"montage/core/sdk"
)

// Components lists what this plugin serves.
var Components = []core.Component{Component}

// Component describes the strategy to spec authors.
var Component = core.Component{
	Name: "mean-teacher",
	Doc: "Trains on labelled samples, and on all samples for consistency with an averaged teacher. " +
		"Configure it in these tables of the spec. [phase.joint] trains [branch.supervised] (multi-hot) and " +
		"[branch.consistency] (vector targets, loss mse of sigmoid) together; the views student and teacher of " +
		"consistency are augmented independently. " +
		"The branch consistency shares the head of supervised, so its table has no head. " +
		"The weight of consistency is the final weight of its loss; during ramp_up it is multiplied by " +
		"exp(-5·(1-t)²), with t growing from 0 to 1. " +
		"Give both optimizers the same name, so that one step follows both losses. Source: Tarvainen & Valpola 2017 " +
		"(arXiv:1703.01780). " +
		"Differs: the teacher predicts with running statistics in batch normalisation and without dropout; " +
		"warmup starts the average short, where the paper's code has min(decay, 1 - 1/(step+1)); labelled " +
		"and unlabelled samples do not share batches; " +
		"the student makes the predictions.",
	Options: []core.Option{
		{Name: "decay", Type: core.TypeFloat, Default: 0.99, Min: new(0.0), Max: new(1.0),
			Doc: "decay of the teacher's moving average, per step; the paper ends with 0.999 after tens of thousands " +
				"of " +
				"steps"},
		{Name: "warmup", Type: core.TypeBool, Default: true, Doc: "use the decay (1+step)/(10+step) while it is " +
			"smaller"},
		{Name: "ramp_up", Type: core.TypeFloat, Default: 0.25, Min: new(0.0), Max: new(1.0),
			Doc: "fraction of the phase over which the weight of consistency grows"},
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "whether student and teacher are compared on whole samples or on single frames"},
	},
	Strategy: func(values core.Values) (core.Strategy, error) {
		s := meanTeacher{}
		values.Into(&s)
		return s, nil
	},
}

type meanTeacher struct {
	Decay  float64 `option:"decay"`
	Warmup bool    `option:"warmup"`
	RampUp float64 `option:"ramp_up"`
	Unit   string  `option:"unit"`
}

// Plan declares the two branches, the phase that trains both, and the teacher.
func (s meanTeacher) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	consistency := core.Branch{
		Name: "consistency", Doc: "predicts the teacher's outputs for another view",
		Source: core.Everything, Unit: core.Unit(s.Unit),
		Views: []core.View{{Name: "student", Augment: true}, {Name: "teacher", Augment: true, NoGradient: true,
			Teacher: true}},
		Target: core.TargetVector, Origin: core.FromOutputs, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples in every step",
		Branches: []string{supervised.Name, consistency.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, consistency}, Phases: []core.Phase{joint},
		Predict: supervised.Name,
		Teacher: &core.Teacher{Decay: s.Decay, Warmup: s.Warmup}}, nil
}
