package conform

import (
	"context"
	"errors"
	"fmt"

	"montage/core/tensor"
)

// writes makes the calls on memory with different old contents, and without the optional
// results.
func (k *kit) writes(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		first, err := k.fresh(ctx, t)
		if err != nil {
			return err
		}
		made, err := k.planned(t)
		if err != nil {
			return err
		}
		// The first run began with ordinary numbers in its memory. A component that adds to
		// what it finds, or leaves an element unwritten, gives something else now.
		t.poison(strangeNaN)
		// Not run, which would poison the memory again.
		second, err := t.make(ctx, made, t.steps)
		if err != nil {
			return err
		}
		if err := first.same(second); err != nil {
			return fmt.Errorf("the result depends on what the output memory held before: %w", err)
		}
		if err := k.optional(ctx, t, first); err != nil {
			return fmt.Errorf("without the optional results: %w", err)
		}
		return k.memory.intact()
	})
}

// optional omits all optional results at once. Those that remain must not change by it: the
// runner asks only for what it needs.
func (k *kit) optional(ctx context.Context, t *exercise, want results) error {
	kept := make([]tensor.Tensor, len(t.arguments))
	for i, s := range t.arguments {
		kept[i] = s.tensor
	}
	defer func() {
		for i, s := range t.arguments {
			s.tensor = kept[i]
		}
	}()
	for _, s := range t.arguments {
		if s.optional {
			s.tensor = tensor.Tensor{}
		}
	}
	got, err := k.fresh(ctx, t)
	if err != nil {
		return err
	}
	return want.same(got)
}

// repeat makes the same calls on the same instance and on a new one.
func (k *kit) repeat(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		made, err := k.planned(t)
		if err != nil {
			return err
		}
		first, err := t.run(ctx, made)
		if err != nil {
			return err
		}
		second, err := t.run(ctx, made)
		if err != nil {
			return fmt.Errorf("the second time: %w", err)
		}
		if err := first.same(second); err != nil {
			return fmt.Errorf("the same instance: %w", err)
		}
		// An instance must not carry anything over from earlier calls.
		third, err := k.fresh(ctx, t)
		if err != nil {
			return err
		}
		if err := first.same(third); err != nil {
			return fmt.Errorf("another instance: %w", err)
		}
		return nil
	})
}

// inputs compares the inputs before and after the calls.
func (k *kit) inputs(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		// Only STATE is protected from writing. Other plugins read the rest after this call.
		before := t.given()
		if _, err := k.fresh(ctx, t); err != nil {
			return err
		}
		return before.same(t.given())
	})
}

// given copies all inputs of an exercise.
// Inputs take the form of results, so that same can name the element that changed.
func (t *exercise) given() (out results) {
	for _, s := range t.arguments {
		if !s.role.written() {
			out = append(out, written{s.name, clone(s.tensor)})
		}
	}
	return out
}

// finite makes the calls on random and on extreme inputs.
func (k *kit) finite(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		// The first one sets nothing: the random inputs themselves must give finite
		// numbers too.
		for i, set := range append([]func(){func() {}}, t.extremes...) {
			t.fill(1)
			// An extreme replaces some inputs; the others are the random ones of before.
			set()
			got, err := k.fresh(ctx, t)
			if err == nil {
				err = got.finite()
			}
			if err != nil && i > 0 {
				err = fmt.Errorf("extreme input %d: %w", i, err)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// keyed compares rows computed alone with the same rows in a batch.
func (k *kit) keyed(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		if t.alone == nil {
			return nil
		}
		together, err := k.fresh(ctx, t)
		if err != nil {
			return err
		}
		made, err := k.planned(t)
		if err != nil {
			return err
		}
		return t.alone(ctx, made, together)
	})
}

// restart makes the last call first, on a fresh instance, as happens when a plugin dies
// between two calls. If there is a process, only the first exercise ends it: starting an
// interpreter for each would take most of the kit's time.
func (k *kit) restart(ctx context.Context) error {
	lose := k.subject.Connection
	return k.each(func(t *exercise) error {
		made, err := k.planned(t)
		if err != nil {
			return err
		}
		before, err := t.run(ctx, made)
		if err != nil {
			return err
		}
		// Without a process to end, an instance that never saw the earlier calls stands
		// for a restarted one.
		if lose == nil {
			made, err = k.planned(t)
		} else {
			err = lose.Restart() // the stand-in makes the same instance again
		}
		if err != nil {
			return err
		}
		// The other exercises go on with the process that has been started again, or with
		// new instances.
		lose = nil
		return t.backwards(ctx, made, before)
	})
}

// backwards makes the last call of an exercise before the others, and compares the results.
func (t *exercise) backwards(ctx context.Context, made any, want results) error {
	t.poison(strange)
	last := len(t.steps) - 1
	if _, err := t.make(ctx, made, t.steps[last:]); err != nil {
		return fmt.Errorf("without the calls before: %w", err)
	}
	// The results of both parts lie in the same memory, so they are compared together at
	// the end.
	got, err := t.make(ctx, made, t.steps[:last])
	if err != nil {
		return err
	}
	return want.same(got)
}

// concurrent runs two instances on different memory, first one after the other, then at the
// same time.
func (k *kit) concurrent(ctx context.Context) error {
	if k.twin == nil || len(k.exercises) == 0 {
		return nil
	}
	exercises := []*exercise{k.exercises[0], k.twin}
	// Other inputs than the first, so that values which leak from one to the other are
	// seen.
	exercises[1].fill(2)
	apart := make([]results, len(exercises))
	for i, t := range exercises {
		var err error
		if apart[i], err = k.fresh(ctx, t); err != nil {
			return err
		}
	}
	// A race may not show in one.
	const rounds = 3
	// Buffered for all, so that no goroutine waits. Each uses only its own exercise and
	// memory, which needs no lock.
	faults := make(chan error, len(exercises))
	for i, t := range exercises {
		go func() { faults <- k.compare(ctx, t, apart[i], rounds) }()
	}
	if err := errors.Join(<-faults, <-faults); err != nil {
		return fmt.Errorf("while another instance computes: %w", err)
	}
	return nil
}

func (k *kit) compare(ctx context.Context, t *exercise, want results, rounds int) error {
	for range rounds {
		got, err := k.fresh(ctx, t)
		if err != nil {
			return err
		}
		if err := want.same(got); err != nil {
			return err
		}
	}
	return nil
}
