package sdk

import (
	"context"
	"errors"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// check reports a call that does not fit the plan. It looks at shapes alone.
func (l *moduleComponent) check(ctx context.Context, call core.ModuleCall, gradient bool) (inputs, error) {
	switch {
	case ctx.Err() != nil:
		return inputs{}, ctx.Err()
	case !l.planned:
		return inputs{}, fmt.Errorf("%w: the module has no plan", core.ErrNotPlanned)
	case gradient && !l.in.Gradient:
		return inputs{}, fmt.Errorf("%w: the call asks for a gradient, but the plan has none", core.ErrNotPlanned)
	case len(call.Params) != len(l.plan.Params):
		return inputs{}, fmt.Errorf("%w: %d parameters, not %d", core.ErrShape, len(call.Params), len(l.plan.Params))
	}
	for i, p := range l.plan.Params {
		if err := Expect("parameter "+p.Name, call.Params[i], tensor.Float32, p.Shape...); err != nil {
			return inputs{}, err
		}
	}
	if !call.PrefixFeatures.IsZero() {
		return l.afterPrefix(call)
	}
	return l.body.inputs(call, l.in)
}

func (l *moduleComponent) checkForward(call core.ModuleForward, f inputs) error {
	if err := Expect("output", call.Output, tensor.Float32, f.rows, l.plan.Outputs); err != nil {
		return err
	}
	return l.checkOptional("update of ", call.Updates)
}

func (l *moduleComponent) checkBackward(call core.ModuleBackward, f inputs) error {
	if err := Expect("gradient of output", call.GradOutput, tensor.Float32, f.rows, l.plan.Outputs); err != nil {
		return err
	}
	if !call.GradInput.IsZero() {
		if !l.in.InputGradient {
			return fmt.Errorf("%w: the call asks for the gradient of the input, but the plan has none",
				core.ErrNotPlanned)
		}
		if err := Expect("gradient of features", call.GradInput, tensor.Float32, call.Features.Shape...); err != nil {
			return err
		}
	}
	return l.checkOptional("gradient of ", call.GradParams)
}

// checkOptional checks a tensor for each parameter, any of which may be absent;
// no tensors at all are fine too.
func (l *moduleComponent) checkOptional(what string, list []tensor.Tensor) error {
	if len(list) != 0 && len(list) != len(l.plan.Params) {
		return fmt.Errorf("%w: %d tensors for the %sparameters, not %d", core.ErrShape, len(list), what,
			len(l.plan.Params))
	}
	for i, t := range list {
		if t.IsZero() {
			continue
		}
		if err := Expect(what+l.plan.Params[i].Name, t, tensor.Float32, l.plan.Params[i].Shape...); err != nil {
			return err
		}
	}
	return nil
}

// atMost reports a count beyond what was planned, as core.ErrNotPlanned.
func atMost(what string, seen, planned int) error {
	if seen <= planned {
		return nil
	}
	return fmt.Errorf("%w: %d %s where at most %d were planned", core.ErrNotPlanned, seen, what, planned)
}

// buildError gives what a graph-building function complains of its identity:
// either a problem with an option, or shapes that do not fit.
func buildError(err error) error {
	var option *core.OptionError
	if errors.As(err, &option) || errors.Is(err, core.ErrShape) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrShape, err)
}
