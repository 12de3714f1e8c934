// Package meanteacher is the strategy that keeps the classifier close to an
// average of its own past.
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
	Doc: "Trains the classifier on labelled samples, and on all samples to say what its teacher says, an average of " +
		"its own past. " +
		"One phase, joint, with the branches supervised (multi-hot) and consistency (vectors, loss mse of sigmoid), " +
		"whose views student and teacher are augmented each by itself. " +
		"The branch consistency uses the head of supervised: its table has none. " +
		"The weight of consistency is the greatest weight of its cost; while ramp_up lasts it is that times " +
		"exp(-5·(1-t)²), t growing from 0 to 1. " +
		"Give both optimizers one name, so that one step follows both losses. Source: Tarvainen & Valpola 2017 " +
		"(arXiv:1703.01780). " +
		"Differs: the teacher predicts with running statistics of batch normalisation and without dropout; " +
		"it starts with warmup as a short average, where the paper's code has min(decay, 1 - 1/(step+1)); labelled " +
		"and unlabelled samples do not share batches; " +
		"predictions are made by the student.",
	Options: []core.Option{
		{Name: "decay", Type: core.TypeFloat, Default: 0.99, Min: new(0.0), Max: new(1.0),
			Doc: "decay of the teacher's average, per step; the paper ends with 0.999 after tens of thousands of " +
				"steps"},
		{Name: "warmup", Type: core.TypeBool, Default: true, Doc: "start with decay (1+step)/(10+step) while that is " +
			"less"},
		{Name: "ramp_up", Type: core.TypeFloat, Default: 0.25, Min: new(0.0), Max: new(1.0),
			Doc: "part of the phase over which the weight of consistency grows"},
		{Name: "unit", Type: core.TypeString, Default: "sample", Choices: []string{"sample", "frame"},
			Doc: "what student and teacher are compared on"},
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

// Program names the branches, the phase that trains both, and the teacher.
func (s meanTeacher) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	supervised := sdk.Supervised(in)
	consistency := core.Branch{
		Name: "consistency", Doc: "predicts what the teacher predicts of another view",
		Source: core.Everything, Unit: core.Unit(s.Unit),
		Views: []core.View{{Name: "student", Augment: true}, {Name: "teacher", Augment: true, NoGradient: true,
			Teacher: true}},
		Target: core.TargetVector, Origin: core.FromOutputs, Outputs: in.Classes, SharesHeadsOf: supervised.Name,
	}
	joint := core.Phase{Name: "joint", Doc: "labelled and unlabelled samples, step by step",
		Branches: []string{supervised.Name, consistency.Name}}
	return core.StrategyPlan{Branches: []core.Branch{supervised, consistency}, Phases: []core.Phase{joint},
		Predict: supervised.Name,
		Teacher: &core.Teacher{Decay: s.Decay, Warmup: s.Warmup}}, nil
}
