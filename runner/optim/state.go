package optim

import (
	"errors"
	"fmt"

	"montage/core/tensor"
)

// Named is one tensor of an optimizer's state.
type Named struct {
	Name  string // the parameter's name, a dot, and PyTorch's name of the state
	Value tensor.Tensor
}

// State returns the state in the order of the parameters. adam and adamw have
// <param>.step (a scalar), .exp_avg and .exp_avg_sq; lars, and sgd with momentum, have
// .momentum_buffer; sgd without momentum has nothing. The tensors are float32 and the
// optimizer's own memory: store or copy them before the next Step.
func (o *Optimizer) State() []Named {
	var state []Named
	add := func(s parameterState, kind string, value tensor.Tensor) {
		if !value.IsZero() {
			state = append(state, Named{Name: s.param.Name + "." + kind, Value: value})
		}
	}
	first := "momentum_buffer"
	if o.config.adaptive() {
		first = "exp_avg"
	}
	for _, s := range o.states {
		add(s, "step", s.step)
		add(s, first, s.first)
		add(s, "exp_avg_sq", s.second)
	}
	return state
}

// Load copies a state that [Optimizer.State] returned, in any order. If a tensor is
// missing, unexpected or of a wrong shape, it returns an error and changes nothing.
func (o *Optimizer) Load(state []Named) error {
	given := map[string]tensor.Tensor{}
	for _, n := range state {
		given[n.Name] = n.Value
	}
	own := o.State()
	known := map[string]bool{}
	var wrong []error
	for _, n := range own {
		known[n.Name] = true
		value, ok := given[n.Name]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Errorf("optimizer state %q is missing", n.Name))
		case !tensor.Same(value, n.Value):
			wrong = append(wrong, fmt.Errorf("optimizer state %q: expected %v, got %v", n.Name, n.Value, value))
		}
	}
	for _, n := range state {
		if !known[n.Name] {
			wrong = append(wrong, fmt.Errorf("optimizer state %q belongs to no parameter of this %s",
				n.Name, o.config.Kind))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	for _, n := range own {
		copy(n.Value.Float32s(), given[n.Name].Float32s())
	}
	return nil
}
