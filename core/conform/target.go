package conform

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// targetExercise is one ComputeTargets call of a strategy.
type targetExercise struct {
	*exercise
	branch           core.Branch
	outputs          []*argument
	labels, keys     *argument
	targets, weights *argument
}

func newTargets(b core.Branch) *targetExercise {
	t := &targetExercise{exercise: &exercise{name: fmt.Sprintf("branch %s, targets", b.Name)}, branch: b}
	width, gradient := targetWidth(b), 0
	for _, v := range b.Views {
		// Views with a gradient get the targets; the others supply the outputs they are
		// made of.
		if !v.NoGradient {
			gradient++
			continue
		}
		t.outputs = append(t.outputs, t.add(argument{name: "outputs of " + v.Name, role: inputRole,
			dtype: tensor.Float32, shape: []int{strategyRows, width}, fill: normal(3), probed: true}))
	}
	// Rows without labels have none to hand over: a strategy must not need them there.
	if b.Source == core.Labeled {
		t.labels = t.add(argument{name: "labels", role: inputRole, dtype: tensor.Float32,
			shape: []int{strategyRows, strategyClasses}, fill: target(core.TargetMultiHot)})
	}
	t.keys = t.add(argument{name: "keys", role: inputRole, dtype: tensor.Uint64, shape: []int{strategyRows},
		fill: keys})
	t.targets = t.add(argument{name: "targets", role: outputRole, dtype: tensor.Float32,
		shape: []int{gradient * strategyRows, width}, probed: true})
	t.weights = t.add(argument{name: "weights", role: weightRole, dtype: tensor.Float32,
		shape: []int{gradient * strategyRows}, probed: true})
	return t
}

func (t *targetExercise) compute(ctx context.Context, made any) error {
	maker, ok := made.(core.TargetMaker)
	if !ok {
		return fmt.Errorf("%w: the plan has targets FromOutputs, but the strategy has no method ComputeTargets",
			core.ErrUnsupported)
	}
	return maker.ComputeTargets(ctx, core.TargetCall{StepContext: core.StepContext{Branch: t.branch.Name, Step: 3,
		Progress: 0.25},
		Outputs: tensors(t.outputs), Labels: t.labels.at(), Keys: t.keys.at(), Targets: t.targets.at(),
		Weights: t.weights.at()})
}

func (t *targetExercise) complete(plan func(any) error) *exercise {
	t.plan = plan
	t.steps = []exerciseStep{{"targets", t.compute}}
	t.valid = func() error { return checkTargets(t.branch.Target, t.targets.at(), t.weights.at()) }
	for _, o := range t.outputs {
		t.extremes = append(t.extremes, func() { all(o.at().Float32s(), 0) }, func() { all(o.at().Float32s(), 100) })
	}
	return t.exercise
}
