// Package optim updates parameters from gradients, as torch.optim does, and computes the
// learning rate of each step.
//
// Parameters and gradients belong to the caller; an [Optimizer] owns only its moments,
// and returns them as named tensors for the checkpoint. All arithmetic is float32, in the
// order and with the roundings of PyTorch's single-tensor implementation: the results are
// bit-identical to PyTorch's. Every element is computed on its own, so the number of
// threads does not change them.
package optim

import (
	"errors"
	"fmt"

	"montage/core/spec"
	"montage/core/tensor"
)

// Param describes one parameter that an optimizer trains.
type Param struct {
	Name    string
	Shape   []int
	NoDecay bool // exempt from weight decay, as biases and norms often are
}

// Optimizer holds the moments of its parameters. It is not safe for concurrent use.
type Optimizer struct {
	config Config
	states []parameterState
}

// parameterState is what an optimizer keeps of one parameter. Unused tensors are zero.
type parameterState struct {
	param    Param
	step     tensor.Tensor // float32 scalar, as in PyTorch: updates done so far
	first    tensor.Tensor // exp_avg, or the momentum_buffer of lars and sgd
	second   tensor.Tensor // exp_avg_sq
	decaying float64       // weight decay, 0 where the parameter is exempt
}

// New returns an optimizer in its initial state. An unknown kind, a bad shape and two
// parameters of one name are errors. New does not check the ranges of the config, because
// the spec has checked them.
func New(config Config, params []Param) (*Optimizer, error) {
	var wrong []error
	if !config.known() {
		wrong = append(wrong, fmt.Errorf("there is no rule for an optimizer of kind %q", config.Kind))
	}
	seen := map[string]bool{}
	o := &Optimizer{config: config}
	for _, param := range params {
		if seen[param.Name] {
			wrong = append(wrong, fmt.Errorf("parameter %q is given twice to one optimizer", param.Name))
		}
		seen[param.Name] = true
		if _, err := tensor.Elements(param.Shape); err != nil {
			wrong = append(wrong, fmt.Errorf("parameter %q: %w", param.Name, err))
			continue
		}
		o.states = append(o.states, config.state(param))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return o, nil
}

func (c Config) state(param Param) parameterState {
	s := parameterState{param: param, decaying: c.WeightDecay}
	if param.NoDecay {
		s.decaying = 0
	}
	if c.adaptive() {
		s.step = tensor.New(tensor.Float32)
		s.second = tensor.New(tensor.Float32, param.Shape...)
	}
	if c.adaptive() || c.Kind == spec.LARS || c.Momentum != 0 {
		s.first = tensor.New(tensor.Float32, param.Shape...)
	}
	return s
}

// Step updates every parameter once, in place, with the learning rate lr: the
// config's LR times the schedule's factor.
//
//	params: float32, one per parameter of New, in its order and shapes; written
//	grads:  float32, likewise; read only. A zero Tensor leaves its parameter and
//	        its moments as they are, as PyTorch does where there is no gradient
//
// Tensors of a wrong shape are an error, and then nothing is updated. Values are not
// checked: a NaN in a gradient makes the parameter NaN.
//
// Source: torch.optim.Adam, AdamW and SGD of PyTorch 1.13; LARS of SimCLR's code.
// Differs: no amsgrad, maximize or dampening.
func (o *Optimizer) Step(params, grads []tensor.Tensor, lr float64) error {
	if len(params) != len(o.states) || len(grads) != len(o.states) {
		return fmt.Errorf("optimizer of %d parameters got %d parameters and %d gradients", len(o.states), len(params),
			len(grads))
	}
	for i, s := range o.states {
		if err := s.accept(params[i], grads[i]); err != nil {
			return err
		}
	}
	for i := range o.states {
		if !grads[i].IsZero() {
			o.update(&o.states[i], params[i].Float32s(), grads[i].Float32s(), lr)
		}
	}
	return nil
}

func (s parameterState) accept(param, grad tensor.Tensor) error {
	if !s.fits(param) {
		return fmt.Errorf("parameter %q: expected float32%v, got %v", s.param.Name, s.param.Shape, param)
	}
	if !grad.IsZero() && !s.fits(grad) {
		return fmt.Errorf("gradient of %q: expected float32%v, got %v", s.param.Name, s.param.Shape, grad)
	}
	return nil
}

func (s parameterState) fits(t tensor.Tensor) bool {
	return t.DType == tensor.Float32 && tensor.SameShape(t.Shape, s.param.Shape)
}

func (o *Optimizer) update(s *parameterState, param, grad []float32, lr float64) {
	first, second := s.first.Float32s(), s.second.Float32s()
	if o.config.Kind == spec.LARS {
		rule := o.config.lars(lr, s, param, grad)
		inChunks(len(param), func(from, to int) { rule.apply(param[from:to], grad[from:to], first[from:to]) })
		return
	}
	if !o.config.adaptive() {
		rule := o.config.sgd(lr, s.decaying)
		inChunks(len(param), func(from, to int) {
			rule.apply(param[from:to], grad[from:to], stretch(first, from, to))
		})
		return
	}
	s.step.Float32s()[0]++
	rule := o.config.adam(lr, s.decaying, float64(s.step.Float32s()[0]))
	inChunks(len(param), func(from, to int) {
		rule.apply(param[from:to], grad[from:to], moments{first[from:to], second[from:to]})
	})
}

// stretch returns a slice of a buffer, nil if there is no buffer.
func stretch(buffer []float32, from, to int) []float32 {
	if buffer == nil {
		return nil
	}
	return buffer[from:to]
}
