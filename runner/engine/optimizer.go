package engine

import (
	"fmt"
	"slices"

	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/optim"
)

// Optimizer steps by the gradients of its branches, and has moments of its own of every
// parameter that they train.
type Optimizer struct {
	Name     string
	Branches []*model.Branch
	Rule     *optim.Optimizer
	LR       float64
	Schedule optim.Schedule
	// Clip is the greatest norm of a step's gradients, 0 for any.
	Clip float64

	// accumulated sums the gradients of several batches where those make a step, else nil.
	accumulated *accumulator

	modules []*model.StatefulModule
	params  []tensor.Tensor
	// gradients are by params, summed over the branches. Of a single branch they are what
	// its modules write, without a copy.
	gradients []tensor.Tensor
	// buffers are the modules' buffers from before the step.
	buffers map[*model.StatefulModule][]tensor.Tensor
}

// OptimizerConfig says what an optimizer is made of.
type OptimizerConfig struct {
	Name     string
	Branches []*model.Branch
	Rule     optim.Config
	Schedule optim.Schedule
	// Clip is the greatest norm of a step's gradients, 0 for any.
	Clip float64
	// Accumulate is the number of batches that make a step; 0 is 1.
	Accumulate int
}

// NewOptimizer makes the optimizer of the branches, which must have their memory.
func NewOptimizer(c OptimizerConfig) (*Optimizer, error) {
	o := &Optimizer{Name: c.Name, Branches: c.Branches, LR: c.Rule.LR, Schedule: c.Schedule, Clip: c.Clip,
		modules: modulesOf(c.Branches), buffers: map[*model.StatefulModule][]tensor.Tensor{}}
	var params []optim.Param
	for _, m := range o.modules {
		for i, p := range m.Plan.Params {
			gradient := m.Grads[i]
			if gradient.IsZero() {
				continue
			}
			if len(c.Branches) > 1 {
				gradient = tensor.New(tensor.Float32, p.Shape...)
			}
			params = append(params, optim.Param{Name: m.Name + "/" + p.Name, Shape: p.Shape, NoDecay: p.NoDecay})
			o.params, o.gradients = append(o.params, m.State[i]), append(o.gradients, gradient)
		}
	}
	o.accumulated = newAccumulator(c.Accumulate, params)
	var err error
	if o.Rule, err = optim.New(c.Rule, params); err != nil {
		return nil, fmt.Errorf("optimizer %s: %w", c.Name, err)
	}
	return o, nil
}

// modulesOf returns every module of the branches once.
func modulesOf(branches []*model.Branch) (modules []*model.StatefulModule) {
	for _, b := range branches {
		for _, m := range b.Modules() {
			if !slices.Contains(modules, m) {
				modules = append(modules, m)
			}
		}
	}
	return modules
}

// rate returns the learning rate of a step.
func (o *Optimizer) rate(phase TrainingPhase, at Position) float64 {
	return o.LR * o.Schedule.Factor(optim.Progress{Step: at.Epoch*phase.Steps + at.Step, TotalSteps: phase.Total(),
		StepsPerEpoch: phase.Steps})
}

// rates returns the learning rates of the step before the current one.
func (e *Engine) rates(phase TrainingPhase) map[string]float64 {
	at, rates := e.position, map[string]float64{}
	at.Step = max(at.Step-1, 0)
	for _, o := range phase.Optimizers {
		rates[o.Name] = o.rate(phase, at)
	}
	return rates
}
