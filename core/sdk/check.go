package sdk

import (
	"context"
	"errors"
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// check reports a call that does not fit the plan. It checks shapes, never values: the
// runner checks for NaN once per step, and a scan here would read every parameter.
func (c *moduleComponent) check(ctx context.Context, call core.ModuleCall, gradient bool) (inputs, error) {
	switch {
	case ctx.Err() != nil:
		return inputs{}, ctx.Err()
	case !c.planned:
		return inputs{}, fmt.Errorf("%w: the module has no plan", core.ErrNotPlanned)
	case gradient && !c.in.Gradient:
		return inputs{}, fmt.Errorf("%w: a gradient is wanted, but Plan was called without Gradient",
			core.ErrNotPlanned)
	// Before the loop below, which indexes both lists together.
	case len(call.Params) != len(c.plan.Params):
		return inputs{}, fmt.Errorf("%w: %d parameters, not %d", core.ErrShape, len(call.Params), len(c.plan.Params))
	}
	for i, p := range c.plan.Params {
		if err := Expect("parameter "+p.Name, call.Params[i], tensor.Float32, p.Shape...); err != nil {
			return inputs{}, err
		}
	}
	// Such a call has no frames, which the body would ask for.
	if !call.PrefixFeatures.IsZero() {
		return c.afterPrefix(call)
	}
	return c.body.inputs(call, c.in)
}

// checkForward checks what a forward writes. Its output is never optional.
func (c *moduleComponent) checkForward(call core.ModuleForward, f inputs) error {
	if err := Expect("output", call.Output, tensor.Float32, f.rows, c.plan.Outputs); err != nil {
		return err
	}
	return c.checkOptional("update of ", call.Updates)
}

// checkBackward checks the gradients, given and wanted. Call.Features was checked before,
// so its shape can be relied on.
func (c *moduleComponent) checkBackward(call core.ModuleBackward, f inputs) error {
	if err := Expect("gradient of output", call.GradOutput, tensor.Float32, f.rows, c.plan.Outputs); err != nil {
		return err
	}
	if !call.GradInput.IsZero() {
		if !c.in.InputGradient {
			return fmt.Errorf("%w: an input gradient is wanted, but Plan was called without InputGradient",
				core.ErrNotPlanned)
		}
		if err := Expect("gradient of features", call.GradInput, tensor.Float32, call.Features.Shape...); err != nil {
			return err
		}
	}
	return c.checkOptional("gradient of ", call.GradParams)
}

// checkOptional checks a list of one tensor for each parameter. Any of them may be zero, and
// the list may be empty.
func (c *moduleComponent) checkOptional(what string, list []tensor.Tensor) error {
	if len(list) != 0 && len(list) != len(c.plan.Params) {
		return fmt.Errorf("%w: %d tensors for the %sparameters, not %d", core.ErrShape, len(list), what,
			len(c.plan.Params))
	}
	for i, t := range list {
		if t.IsZero() {
			continue
		}
		if err := Expect(what+c.plan.Params[i].Name, t, tensor.Float32, c.plan.Params[i].Shape...); err != nil {
			return err
		}
	}
	return nil
}

// atMost reports a count above the planned limit, as core.ErrNotPlanned.
func atMost(what string, seen, planned int) error {
	if seen <= planned {
		return nil
	}
	return fmt.Errorf("%w: %d %s where at most %d were planned", core.ErrNotPlanned, seen, what, planned)
}

// buildError gives an error of a graph-building function an identity that the contract
// names: an option error keeps its own, and everything else is core.ErrShape.
func buildError(err error) error {
	var option *core.OptionError
	if errors.As(err, &option) || errors.Is(err, core.ErrShape) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrShape, err)
}
