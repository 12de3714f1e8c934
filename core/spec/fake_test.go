package spec_test

import (
	"fmt"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
)

func bound(x float64) *float64 { return &x }

// installed stands for the plugins of a machine.
var installed = []core.Description{
	{Kind: core.KindBackbone, Name: "resnet50", Options: []core.Option{
		{Name: "trainable", Type: core.TypeString, Default: "none", Choices: []string{"none", "layer4", "all"},
			Doc: "first stage that is trained"}}},
	{Kind: core.KindHead, Name: "mlp", Options: []core.Option{
		{Name: "hidden", Type: core.TypeInts, Default: []int{}, Min: bound(1), Doc: "widths of the hidden layers"},
		{Name: "dropout", Type: core.TypeFloat, Default: 0.0, Min: bound(0), Max: bound(1),
			Doc: "share of activations left out"}}},
	{Kind: core.KindHead, Name: "layers", Options: []core.Option{
		{Name: "layers", Type: core.TypeTables, Doc: "the layers from input to output"}}},
	{Kind: core.KindLoss, Name: "asymmetric", Targets: []core.TargetKind{core.TargetMultiHot}, Options: []core.Option{
		{Name: "gamma_pos", Type: core.TypeFloat, Default: 0.0, Doc: "focus on positives"},
		{Name: "gamma_neg", Type: core.TypeFloat, Default: 4.0, Doc: "focus on negatives"},
		{Name: "clip", Type: core.TypeFloat, Default: 0.05, Doc: "margin"}}},
	{Kind: core.KindLoss, Name: "weighted", Targets: []core.TargetKind{core.TargetMultiHot}, Options: []core.Option{
		{Name: core.ClassWeights, Type: core.TypeFloats, Default: []float64{}, Doc: "one for each class"}}},
	{Kind: core.KindLoss, Name: "cross-entropy", Targets: []core.TargetKind{core.TargetOneHot}},
	{Kind: core.KindAugmentation, Name: "affine", Options: []core.Option{
		{Name: "rotate", Type: core.TypeFloats, Default: []float64{0, 0}, Length: 2, Doc: "degrees"},
		{Name: "scale", Type: core.TypeFloats, Default: []float64{1, 1}, Length: 2, Doc: "factors"}}},
	{Kind: core.KindAugmentation, Name: "mirror", Options: []core.Option{
		{Name: "p", Type: core.TypeFloat, Default: 0.5, Min: bound(0), Max: bound(1), Doc: "probability"},
		{Name: "note", Type: core.TypeString, Default: "", Doc: "anything"}}},
	{Kind: core.KindStrategy, Name: "sesemi"},
	{Kind: core.KindStrategy, Name: "two-views"},
	{Kind: core.KindStrategy, Name: "shared"},
}

func lookup(kind core.Kind, name string) (core.Description, error) {
	for _, d := range installed {
		if d.Kind == kind && d.Name == name {
			return d, nil
		}
	}
	return core.Description{}, hint.With(fmt.Errorf("unknown %s %q", kind, name), "installed: many")
}

var plans = map[string]core.StrategyPlan{
	"sesemi": {
		Branches: []core.Branch{
			{Name: "supervised", Doc: "labels of labelled samples", Source: core.Labeled, Target: core.TargetMultiHot,
				Origin: core.FromLabels, Views: []core.View{{Name: "view", Augment: true}}},
			{Name: "proxy", Doc: "which transform", Source: core.Unlabeled, Target: core.TargetOneHot,
				Views: []core.View{{Name: "view", Augment: true, Transform: true}}},
		},
		Phases: []core.Phase{{Name: "joint", Doc: "both branches", Branches: []string{"supervised", "proxy"}}},
	},
	"two-views": {
		Branches: []core.Branch{{Name: "pseudo", Source: core.Everything, Target: core.TargetOneHot,
			Heads: []string{"head", "predictor"},
			Views: []core.View{{Name: "weak"}, {Name: "strong", Augment: true}}}},
		Phases: []core.Phase{{Name: "train", Branches: []string{"pseudo"}}},
	},
	"shared": {
		Branches: []core.Branch{
			{Name: "first", Doc: "has heads", Source: core.Unlabeled, Target: core.TargetOneHot,
				Heads: []string{"kept", "dropped"}},
			{Name: "whole", Doc: "has none", Source: core.Unlabeled, Target: core.TargetOneHot, SharesHeadsOf: "first"},
			{Name: "partly", Doc: "has one", Source: core.Unlabeled, Target: core.TargetOneHot, SharesHeadsOf: "first",
				SharesHeadsThrough: "kept"},
			{Name: "bare", Doc: "has none either", Source: core.Unlabeled, Target: core.TargetOneHot,
				SharesHeadsOf: "first"},
		},
		Phases: []core.Phase{{Name: "train", Branches: []string{"first", "whole", "partly", "bare"}}},
	},
}

// check does all that a command does before it starts anything.
func check(path string, overrides ...string) (*spec.Spec, spec.Problems) {
	s, problems := spec.Load(path, overrides)
	if s == nil {
		return nil, problems
	}
	problems = append(problems, s.CheckFiles()...)
	problems = append(problems, s.CheckComponents(lookup)...)
	if s.Strategy != nil {
		if plan, ok := plans[s.Strategy.Plugin]; ok {
			problems = append(problems, s.CheckStrategyPlan(plan)...)
		}
	}
	return s, problems
}
