package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"montage/core"
	"montage/core/wire/pb"
)

// instance is one component with its options. Its calls run one after the other.
type instance struct {
	label string
	value any // core.Module, Loss, Augmentation or Strategy
	// turn is a channel and no mutex, because a call that waits for it can be cancelled.
	turn    chan struct{}
	planned bool // guarded by turn
}

// construct makes an instance from the options of a request, a JSON object.
func construct(c core.Component, options []byte) (*instance, error) {
	var raw map[string]any
	if err := json.Unmarshal(options, &raw); err != nil {
		return nil, fmt.Errorf("options of %s: %w", c.Name, err)
	}
	// The runner has checked them too. This side does not rely on it: a constructor may
	// take its options for checked, whoever calls.
	values, faults := core.Check(c.Options, raw)
	if len(faults) > 0 {
		// A slice of *core.OptionError is no slice of errors.
		joined := make([]error, len(faults))
		for i, f := range faults {
			joined[i] = f
		}
		return nil, errors.Join(joined...)
	}
	value, err := c.New(values)
	if err != nil {
		return nil, err
	}
	return &instance{label: c.Description().ID(), value: value, turn: make(chan struct{}, 1)}, nil
}

// enter waits for the turn, or for the end of the context, whose error it returns.
func (i *instance) enter(ctx context.Context) error {
	select {
	case i.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (i *instance) leave() { <-i.turn }

// plan passes the input to the Plan of the instance, whatever its kind. The caller has
// the turn.
func (i *instance) plan(input []byte) ([]byte, error) {
	switch v := i.value.(type) {
	case core.Module:
		return answer(v.Plan, input)
	case core.Loss:
		return answer(v.Plan, input)
	case core.Augmentation:
		return answer(v.Plan, input)
	case core.Strategy:
		return answer(v.Plan, input)
	}
	return nil, fmt.Errorf("%w: %s made no instance", core.ErrUnsupported, i.label)
}

// answer runs a Plan on JSON. Plans are small and made once, and a field that one side does
// not know is passed over, so they need no messages of their own in the protocol.
func answer[In, Out any](plan func(In) (Out, error), document []byte) ([]byte, error) {
	var input In
	if err := json.Unmarshal(document, &input); err != nil {
		return nil, fmt.Errorf("plan input: %w", err)
	}
	out, err := plan(input)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// compute finds the instance of a call, takes its turn and calls its method.
func compute[T any](ctx context.Context, s *service, head *pb.Call, method func(context.Context, T) error) error {
	i, err := s.instance(head.GetInstance())
	if err != nil {
		return err
	}
	// Optional interfaces are asked for here, such as core.ViewTransformer: an instance
	// without one does not offer the call.
	component, ok := i.value.(T)
	if !ok {
		return fmt.Errorf("%w: %s does not offer this call", core.ErrUnsupported, i.label)
	}
	if err := i.enter(ctx); err != nil {
		return err
	}
	defer i.leave()
	// With the turn in hand: a Plan may have had it before.
	if !i.planned {
		return fmt.Errorf("%w: %s has no plan yet", core.ErrNotPlanned, i.label)
	}
	return method(ctx, component)
}
