package conform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"montage/core"
)

// description checks the declaration with core.Component.Check, and requires that the doc is
// sentences.
func (k *kit) description(context.Context) error {
	c := k.subject.Component
	problems := []error{c.Check(), sentence("the component", c.Doc)}
	for _, o := range c.Options {
		if o.Doc != strings.TrimSpace(o.Doc) {
			problems = append(problems, fmt.Errorf("the doc of option %s begins or ends with white space", o.Name))
		}
	}
	return errors.Join(problems...)
}

func sentence(what, doc string) error {
	if doc != strings.TrimSpace(doc) || !strings.HasSuffix(doc, ".") {
		return fmt.Errorf("the doc of %s does not end with a full stop, or has white space around it: %q", what, doc)
	}
	return nil
}

// plan finds the inputs that the component can plan for. It asks for each plan again, from
// the same instance and from a new one, and makes the calls under a plan for larger calls.
func (k *kit) plan(ctx context.Context) error {
	exercises, err := k.find()
	if err != nil {
		return err
	}
	k.exercises = exercises
	both := exercises
	if len(exercises) > 0 {
		again, err := k.find()
		if err != nil || len(again) != len(exercises) {
			return fmt.Errorf("the second time, the component plans for other inputs: %v", err)
		}
		k.twin = again[0]
		// The full slice expression forces a copy: k.exercises must not share its array
		// with a list that ends in the twin.
		both = append(exercises[:len(exercises):len(exercises)], k.twin)
	}
	if err := k.memory.reserve(k.subject.Connection, both); err != nil {
		return err
	}
	if k.twin != nil {
		k.twin.fill(2)
	}
	var legal []*exercise
	// Batch statistics of a single row do not exist, and a component may say so when it is
	// called rather than when it plans.
	for _, t := range k.exercises {
		err := k.replan(ctx, t)
		if t.small && declined(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		legal = append(legal, t)
	}
	k.exercises = legal
	return nil
}

func (k *kit) replan(ctx context.Context, t *exercise) error {
	t.fill(1)
	made, err := k.planned(t)
	if err != nil {
		return err
	}
	if err := t.guard("plan again", func() error { return t.plan(made) }); err != nil {
		return err
	}
	if t.larger == nil {
		return nil
	}
	if err := t.guard("plan for more", func() error { return t.larger(made) }); err != nil {
		return err
	}
	// The last batch of an epoch is smaller than the plan, so that must work for everybody.
	if _, err := t.run(ctx, made); err != nil {
		return fmt.Errorf("with fewer frames and rows than planned: %w", err)
	}
	return nil
}

// find makes the exercises of the component's kind.
func (k *kit) find() ([]*exercise, error) {
	switch k.subject.Component.Kind() {
	case core.KindBackbone, core.KindHead:
		return k.moduleExercises()
	case core.KindLoss:
		return k.lossExercises()
	case core.KindAugmentation:
		return k.augmentationExercises()
	case core.KindStrategy:
		return k.strategyExercises()
	}
	return nil, fmt.Errorf("component %q is of no kind", k.subject.Component.Name)
}

// declined reports whether the component returned the error, as opposed to a panic or crash.
func declined(err error) bool {
	var crash *core.CrashError
	return err != nil && !errors.Is(err, core.ErrPanic) && !errors.As(err, &crash)
}
