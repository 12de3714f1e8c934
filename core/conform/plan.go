package conform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"montage/core"
)

// description holds a component to what core.Component.Check asks, and its texts
// to sentences.
func (k *kit) description(context.Context) error {
	c := k.subject.Component
	problems := []error{c.Check(), sentence("the component", c.Doc)}
	for _, o := range c.Options {
		if o.Doc != strings.TrimSpace(o.Doc) {
			problems = append(problems, fmt.Errorf("the doc of option %s has blanks around it", o.Name))
		}
	}
	return errors.Join(problems...)
}

func sentence(what, doc string) error {
	if doc != strings.TrimSpace(doc) || !strings.HasSuffix(doc, ".") {
		return fmt.Errorf("the doc of %s is no sentence that ends with a full stop: %q", what, doc)
	}
	return nil
}

// plan finds the plans that the component accepts, asks each again, of the same
// and of a new instance, and makes the calls under a plan for larger ones.
func (k *kit) plan(ctx context.Context) error {
	trials, err := k.find()
	if err != nil {
		return err
	}
	k.trials = trials
	both := trials
	if len(trials) > 0 {
		again, err := k.find()
		if err != nil || len(again) != len(trials) {
			return fmt.Errorf("the component accepts other plans the second time, %v", err)
		}
		k.twin = again[0]
		both = append(trials[:len(trials):len(trials)], k.twin)
	}
	if err := k.memory.reserve(k.subject.Connection, both); err != nil {
		return err
	}
	if k.twin != nil {
		k.twin.fill(2)
	}
	var legal []*exercise
	for _, t := range k.trials {
		err := k.replan(ctx, t)
		if t.small && declined(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		legal = append(legal, t)
	}
	k.trials = legal
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
	if _, err := t.run(ctx, made); err != nil {
		return fmt.Errorf("with fewer frames and rows than planned: %w", err)
	}
	return nil
}

// find makes the trials of the component's kind.
func (k *kit) find() ([]*exercise, error) {
	switch k.subject.Component.Kind() {
	case core.KindBackbone, core.KindHead:
		return k.layerTrials()
	case core.KindLoss:
		return k.lossTrials()
	case core.KindAugmentation:
		return k.augmentationTrials()
	case core.KindStrategy:
		return k.strategyTrials()
	}
	return nil, fmt.Errorf("component %q is of no kind", k.subject.Component.Name)
}

// declined tells an error that the component returned from one that happened to it.
func declined(err error) bool {
	var crash *core.CrashError
	return err != nil && !errors.Is(err, core.ErrPanic) && !errors.As(err, &crash)
}
