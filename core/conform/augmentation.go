package conform

import (
	"bytes"
	"context"
	"fmt"
	"reflect"

	"montage/core"
	"montage/core/tensor"
)

// augmentationExercises cover small and odd sides, and a batch of one.
func (k *kit) augmentationExercises() (out []*exercise, err error) {
	var refused error
	for _, in := range []struct{ frames, size int }{{5, 16}, {3, 13}, {1, 8}, {2, 64}} {
		made, err := k.instance()
		if err != nil {
			return nil, err
		}
		plan, err := made.(core.Augmentation).Plan(core.AugmentationInput{Size: in.size})
		if refusal(err) {
			refused = err
			continue
		}
		if err == nil {
			err = checkAugmentPlan(plan)
		}
		if err != nil {
			return nil, fmt.Errorf("plan for %d px: %w", in.size, err)
		}
		out = append(out, newAugmentation(in.frames, in.size, plan).complete())
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no plan is accepted, the last was refused with: %w", refused)
	}
	return out, nil
}

func checkAugmentPlan(p core.AugmentationPlan) error {
	for _, d := range p.Destroys {
		if d != core.Orientation && d != core.Handedness {
			return fmt.Errorf("it destroys %q, which is not a property of a frame", d)
		}
	}
	return nil
}

// augmentationExercise applies an augmentation to one batch.
type augmentationExercise struct {
	*exercise
	size, n              int
	answer               core.AugmentationPlan
	frames, keys, output *argument
}

func newAugmentation(n, size int, answer core.AugmentationPlan) *augmentationExercise {
	a := &augmentationExercise{exercise: &exercise{name: fmt.Sprintf("%d frames of %d px", n, size)}, size: size, n: n,
		answer: answer}
	shape := []int{n, size, size, 3}
	a.frames = a.add(argument{name: "frames", role: inputRole, dtype: tensor.Uint8, shape: shape, fill: pixels,
		probed: true})
	a.keys = a.add(argument{name: "keys", role: inputRole, dtype: tensor.Uint64, shape: []int{n}, fill: keys,
		probed: true})
	a.output = a.add(argument{name: "output", role: outputRole, dtype: tensor.Uint8, shape: shape, probed: true})
	return a
}

func (a *augmentationExercise) complete() *exercise {
	a.plan = func(made any) error {
		p, err := made.(core.Augmentation).Plan(core.AugmentationInput{Size: a.size})
		// The runner plans again after a restart and relies on the first answer.
		if err == nil && !reflect.DeepEqual(p, a.answer) {
			err = fmt.Errorf("the same input gets different plans: first %+v, then %+v", a.answer, p)
		}
		return err
	}
	a.steps = []exerciseStep{{"apply", func(ctx context.Context, made any) error {
		return made.(core.Augmentation).Apply(ctx, core.AugmentationCall{Frames: a.frames.at(), Keys: a.keys.at(),
			Output: a.output.at()})
	}}}
	a.alone = a.eachAlone
	return a.exercise
}

// eachAlone passes every frame by itself, in the memory of the batch's first frame, and
// restores the tensors of the exercise.
func (a *augmentationExercise) eachAlone(ctx context.Context, made any, all results) error {
	frames, keys, output := a.frames.tensor, a.keys.tensor, a.output.tensor
	defer func() { a.frames.tensor, a.keys.tensor, a.output.tensor = frames, keys, output }()
	length := a.size * a.size * 3
	// The tensors keep their addresses, so frame i is copied to the front.
	a.frames.tensor, a.keys.tensor, a.output.tensor = frames.Rows(0, 1), keys.Rows(0, 1), output.Rows(0, 1)
	for i := range a.n {
		copy(frames.Bytes()[:length], frames.Bytes()[i*length:(i+1)*length])
		keys.Uint64s()[0] = keys.Uint64s()[i]
		if _, err := a.run(ctx, made); err != nil {
			return fmt.Errorf("a frame alone: %w", err)
		}
		// To the bit: a draw may depend on the key of its frame alone, or a retried or
		// divided batch would be another.
		if want := all[0].tensor.Bytes()[i*length : (i+1)*length]; !bytes.Equal(output.Bytes()[:length], want) {
			return fmt.Errorf("a frame alone gives another result than as number %d of a batch", i)
		}
	}
	return nil
}
