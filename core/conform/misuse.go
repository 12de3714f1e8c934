package conform

import (
	"context"
	"fmt"
	"time"

	"montage/core/tensor"
	"montage/core/wire"
)

// misuse makes calls that do not fit the plan: before it, beyond its limits, with tensors of
// other shapes. The component must refuse each with core.ErrShape or core.ErrNotPlanned, and
// its process must survive.
func (k *kit) misuse(ctx context.Context) error {
	// A process that ended and was started again would answer the next call as if nothing
	// had happened.
	process := k.process()
	err := k.each(func(t *exercise) error {
		if err := k.unplanned(ctx, t); err != nil {
			return err
		}
		if t.smaller != nil {
			if err := k.refuses(ctx, t, "more frames or rows than planned", t.smaller); err != nil {
				return err
			}
		}
		return k.misshapen(ctx, t)
	})
	if err == nil && k.process() != process {
		err = fmt.Errorf("the process ended")
	}
	return err
}

// In this process there is nothing that could be restarted; a constant then never
// differs.
func (k *kit) process() int {
	if k.subject.Connection == nil {
		return 0
	}
	return k.subject.Connection.Process()
}

// unplanned is for modules and losses only: the plan of an augmentation or a strategy does
// not limit its calls.
func (k *kit) unplanned(ctx context.Context, t *exercise) error {
	if t.scalar == nil {
		return nil
	}
	return k.refuses(ctx, t, "a call before the plan", func(any) error { return nil })
}

// refuses plans an instance so that the calls do not fit, and requires a refusal.
func (k *kit) refuses(ctx context.Context, t *exercise, what string, plan func(any) error) error {
	// A new instance, because one with an older plan might accept the call by that plan.
	made, err := k.instance()
	if err != nil {
		return err
	}
	if err := plan(made); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	_, err = t.run(ctx, made)
	switch {
	case err == nil:
		return fmt.Errorf("%s is accepted", what)
	case !named(err):
		return fmt.Errorf("%s is refused, but not with core.ErrShape (shapes do not fit) or core.ErrNotPlanned (call "+
			"was not planned): %w", what, err)
	}
	return nil
}

// misshapen gives one tensor at a time another shape or type.
func (k *kit) misshapen(ctx context.Context, t *exercise) error {
	for _, s := range t.arguments {
		if !s.probed {
			continue
		}
		if err := k.misshape(ctx, t, s); err != nil {
			return err
		}
	}
	return nil
}

// The tensor is restored in any case: the exercise goes on to serve other checks.
func (k *kit) misshape(ctx context.Context, t *exercise, s *argument) error {
	whole := s.tensor
	defer func() { s.tensor = whole }()
	for _, wrong := range wrongs(whole) {
		s.tensor = wrong
		if err := k.refuses(ctx, t, fmt.Sprintf("%s of %v instead of %v", s.name, wrong, whole), t.plan); err != nil {
			return err
		}
	}
	return nil
}

// wrongs returns wrong tensors in the same memory: with one dimension more, with one row
// less, of another dtype.
// None of them is larger than the right one, so even a component that believes a wrong
// shape stays inside its memory.
func wrongs(t tensor.Tensor) []tensor.Tensor {
	out := []tensor.Tensor{reshaped(t, t.DType, append([]int{1}, t.Shape...)...)}
	if len(t.Shape) > 0 && t.Shape[0] > 1 {
		out = append(out, t.Rows(0, t.Shape[0]-1))
	}
	other := map[tensor.DType]tensor.DType{tensor.Float32: tensor.Int32, tensor.Int32: tensor.Float32}[t.DType]
	if other != 0 {
		out = append(out, reshaped(t, other, t.Shape...))
	}
	return out
}

// reshaped returns the same memory as a tensor of another type or shape, of as many bytes.
func reshaped(t tensor.Tensor, d tensor.DType, shape ...int) tensor.Tensor {
	out, err := tensor.View(t.Bytes(), d, shape...)
	if err != nil {
		// The bytes are as many as before, so an error is a mistake in the kit.
		panic(err)
	}
	return out
}

// cancelGrace is how long a cancelled call may continue: the time after which the runner
// kills the process, doubled for a busy machine.
const cancelGrace = 2 * wire.CancelGrace

// cancel ends the context before a call begins, and during a call.
func (k *kit) cancel(ctx context.Context) error {
	return k.each(func(t *exercise) error {
		made, err := k.planned(t)
		if err != nil {
			return err
		}
		process := k.process()
		for _, after := range []time.Duration{0, 20 * time.Millisecond} {
			if err := k.cancelAfter(ctx, t, made, after); err != nil {
				return err
			}
		}
		if k.process() != process {
			return fmt.Errorf("the call did not return within %v after it was cancelled, and the process was ended",
				wire.CancelGrace)
		}
		return nil
	})
}

func (k *kit) cancelAfter(ctx context.Context, t *exercise, made any, after time.Duration) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	if after == 0 {
		cancel()
	} else {
		time.AfterFunc(after, cancel)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = t.run(inner, made) // only the time counts: the call may finish or fail
	}()
	select {
	case <-done:
		return nil
	case <-time.After(after + cancelGrace):
		<-done // the call uses the memory until then
		return fmt.Errorf("the call did not return within %v after it was cancelled", cancelGrace)
	}
}
