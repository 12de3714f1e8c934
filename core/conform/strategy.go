package conform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"

	"montage/core"
	"montage/core/tensor"
)

// The sizes of a strategy's exercises: three rows of 2, 1 and 3 frames.
const (
	strategyClasses = 5
	strategySide    = 6
	strategyFrames  = 6
	strategyRows    = 3
)

// strategyExercises returns one for each view with a transform and for each branch with
// computed targets.
func (k *kit) strategyExercises() (out []*exercise, err error) {
	in := core.StrategyInput{Classes: strategyClasses}
	made, err := k.instance()
	if err != nil {
		return nil, err
	}
	plan, err := made.(core.Strategy).Plan(in)
	if err != nil {
		return nil, fmt.Errorf("plan for %d classes: %w", in.Classes, err)
	}
	again := func(made any) error {
		p, err := made.(core.Strategy).Plan(in)
		// The runner plans again after a restart and goes on with what it made of the
		// first plan.
		if err == nil && !reflect.DeepEqual(p, plan) {
			err = fmt.Errorf("the same input gets different plans\n  first: %+v\n  then:  %+v", plan, p)
		}
		return err
	}
	for _, b := range plan.Branches {
		for _, v := range b.Views {
			if v.Transform {
				out = append(out, newTransform(b, v).complete(again))
			}
		}
		if b.Origin == core.FromOutputs {
			out = append(out, newTargets(b).complete(again))
		}
	}
	return out, nil
}

// announced checks a strategy against its own plan. It drops exercises of calls that the
// strategy does not implement, so that the other checks do not report them again.
func (k *kit) announced(ctx context.Context) error {
	var problems []error
	// A plan may depend on the number of classes. 85 is that of the reference data set.
	for _, classes := range []int{2, strategyClasses, 85} {
		made, err := k.instance()
		if err != nil {
			return err
		}
		plan, err := made.(core.Strategy).Plan(core.StrategyInput{Classes: classes})
		if err == nil {
			err = plan.Check()
		}
		if err != nil {
			return fmt.Errorf("plan for %d classes: %w", classes, err)
		}
	}
	var offered []*exercise
	for _, t := range k.exercises {
		_, err := k.fresh(ctx, t)
		if err == nil {
			err = t.valid()
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", t.name, err))
		}
		// An exercise that fails for another reason stays: the other checks may say more
		// about it.
		if !errors.Is(err, core.ErrUnsupported) {
			offered = append(offered, t)
		}
	}
	k.exercises = offered
	return errors.Join(problems...)
}

// transformExercise is one Transform call of a strategy.
type transformExercise struct {
	*exercise
	branch                        core.Branch
	view                          core.View
	copies, width                 int
	frames, offsets, keys, output *argument
	targets, weights              *argument
}

func newTransform(b core.Branch, v core.View) *transformExercise {
	t := &transformExercise{exercise: &exercise{name: fmt.Sprintf("branch %s, view %s", b.Name, v.Name)}, branch: b,
		view: v, copies: max(v.Copies, 1), width: targetWidth(b)}
	t.frames = t.add(argument{name: "frames", role: inputRole, dtype: tensor.Uint8,
		shape: []int{strategyFrames, strategySide, strategySide, 3}, fill: pixels, probed: true})
	t.offsets = t.add(argument{name: "offsets", role: inputRole, dtype: tensor.Int32, shape: []int{strategyRows + 1},
		fill: cut(strategyFrames), probed: true})
	t.keys = t.add(argument{name: "keys", role: inputRole, dtype: tensor.Uint64, shape: []int{strategyRows}, fill: keys,
		probed: true})
	t.output = t.add(argument{name: "output", role: outputRole, dtype: tensor.Uint8,
		shape: []int{t.copies * strategyFrames, strategySide, strategySide, 3}, probed: true})
	// A view without a gradient has no loss, so nobody reads targets for it.
	if b.Origin == core.FromTransform && !v.NoGradient {
		t.targets = t.add(argument{name: "targets", role: outputRole, dtype: tensor.Float32,
			shape: []int{t.copies * strategyRows, t.width}, probed: true})
		t.weights = t.add(argument{name: "weights", role: weightRole, dtype: tensor.Float32,
			shape: []int{t.copies * strategyRows}})
	}
	return t
}

// targetWidth returns T: the width that the branch requires of its head, or an arbitrary one.
func targetWidth(b core.Branch) int {
	if b.Outputs > 0 {
		return b.Outputs
	}
	return 4
}

func (t *transformExercise) apply(ctx context.Context, made any) error {
	transformer, ok := made.(core.ViewTransformer)
	if !ok {
		return fmt.Errorf("%w: the plan has a view with Transform, but the strategy has no method Transform",
			core.ErrUnsupported)
	}
	return transformer.Transform(ctx, core.TransformCall{StepContext: core.StepContext{Branch: t.branch.Name, Step: 3,
		Progress: 0.25}, View: t.view.Name,
		Frames: t.frames.at(), Offsets: t.offsets.at(), Keys: t.keys.at(), Output: t.output.at(),
		Targets: t.targets.at(), Weights: t.weights.at()})
}

func (t *transformExercise) complete(plan func(any) error) *exercise {
	t.plan = plan
	t.steps = []exerciseStep{{"transform", t.apply}}
	t.valid = func() error { return checkTargets(t.branch.Target, t.targets.at(), t.weights.at()) }
	t.alone = t.lastAlone
	return t.exercise
}

// checkTargets reports targets that are not encoded as the branch says.
func checkTargets(kind core.TargetKind, targets, weights tensor.Tensor) error {
	// The comparison is written so that NaN fails it.
	for i, w := range weights.Float32s() {
		if !(w >= 0 && w < 1e30) {
			return fmt.Errorf("the weight of row %d is %v", i, w)
		}
	}
	if targets.IsZero() {
		return nil
	}
	width := targets.Shape[1]
	for row := 0; row < targets.Shape[0]; row++ {
		sum := float32(0)
		for _, v := range targets.Float32s()[row*width : (row+1)*width] {
			// Vector targets are features, which have no range.
			if !(v >= 0 && v <= 1) && kind != core.TargetVector {
				return fmt.Errorf("%s targets have %v in row %d", kind, v, row)
			}
			sum += v
		}
		// Soft targets add up in float32, which need not give exactly 1.
		if kind == core.TargetOneHot && !(sum > 0.999 && sum < 1.001) {
			return fmt.Errorf("one-hot targets of row %d add up to %v, not 1", row, sum)
		}
	}
	return nil
}

// lastAlone passes the last row by itself: its position must not matter. The first one would
// come out right even if the strategy ignored the offsets.
func (t *transformExercise) lastAlone(ctx context.Context, made any, all results) error {
	whole := []tensor.Tensor{t.frames.tensor, t.offsets.tensor, t.keys.tensor, t.output.tensor}
	targets, weights := t.targets.at(), t.weights.at()
	defer func() {
		t.frames.tensor, t.offsets.tensor, t.keys.tensor, t.output.tensor = whole[0], whole[1], whole[2], whole[3]
		if t.targets != nil {
			t.targets.tensor, t.weights.tensor = targets, weights
		}
	}()
	const length = strategySide * strategySide * 3
	offsets := whole[1].Int32s()
	first := int(offsets[strategyRows-1])
	n := strategyFrames - first
	// The tensors must stay in the memory that the process maps, so the last row is moved
	// to the front. Go's copy permits the overlap.
	copy(whole[0].Bytes(), whole[0].Bytes()[first*length:])
	whole[2].Uint64s()[0] = whole[2].Uint64s()[strategyRows-1]
	offsets[0], offsets[1] = 0, int32(n)
	t.frames.tensor = whole[0].Rows(0, n)
	t.offsets.tensor = whole[1].Rows(0, 2)
	t.keys.tensor = whole[2].Rows(0, 1)
	t.output.tensor = whole[3].Rows(0, t.copies*n)
	if t.targets != nil {
		t.targets.tensor, t.weights.tensor = targets.Rows(0, t.copies), weights.Rows(0, t.copies)
	}
	if _, err := t.make(ctx, made, t.steps); err != nil {
		return fmt.Errorf("a row alone: %w", err)
	}
	// Copies follow each other, each of the whole batch: row r of copy c lies c batches
	// further.
	for c := range t.copies {
		want := all[0].tensor.Bytes()[(c*strategyFrames+first)*length : (c+1)*strategyFrames*length]
		if !bytes.Equal(t.output.tensor.Bytes()[c*n*length:(c+1)*n*length], want) {
			return errors.New("a row alone gives another result than as the last of a batch")
		}
	}
	return nil
}
