package pipeline

import (
	"fmt"

	"montage/runner/engine"
	"montage/runner/model"
	"montage/runner/optim"
)

// planPhases counts the steps of each phase: those of the branch with the most
// batches, while the data of the others repeats.
func (p *Pipeline) planPhases() {
	for _, planned := range p.Plan.Phases {
		s := p.Spec.Phase(planned.Name)
		phase := engine.TrainingPhase{Name: planned.Name, Epochs: s.Epochs, Limit: s.Steps}
		for _, name := range planned.Branches {
			if in := p.Inputs[name]; in != nil {
				phase.Steps = max(phase.Steps, in.Sampler.Steps())
			}
		}
		p.Phases = append(p.Phases, phase)
	}
}

// makeOptimizers makes the optimizers of each phase, in the order of its branches. Those
// that name one optimizer share it.
func (p *Pipeline) makeOptimizers() error {
	for i, planned := range p.Plan.Phases {
		phase := &p.Phases[i]
		if phase.Epochs == 0 {
			continue
		}
		members := map[string][]*model.Branch{}
		var order []string
		for _, name := range planned.Branches {
			b := p.Branch(name)
			if members[b.Optimizer] == nil {
				order = append(order, b.Optimizer)
			}
			members[b.Optimizer] = append(members[b.Optimizer], b)
		}
		for _, name := range order {
			// A phase starts with fresh moments: an optimizer belongs to one.
			o, err := p.optimizer(fmt.Sprintf("%s.%s", planned.Name, name), members[name])
			if err != nil {
				return err
			}
			phase.Optimizers = append(phase.Optimizers, o)
			for _, b := range members[name] {
				phase.Inputs = append(phase.Inputs, p.Inputs[b.Name])
			}
		}
	}
	return nil
}

func (p *Pipeline) optimizer(name string, branches []*model.Branch) (*engine.Optimizer, error) {
	o := p.Spec.Branch(branches[0].Name).Optimizer
	return engine.NewOptimizer(engine.OptimizerConfig{Name: name, Branches: branches, Rule: optim.Config(o),
		Schedule: optim.Schedule(o.Schedule), Clip: o.Clip, Accumulate: o.Accumulate})
}

// Engine returns the training of a built pipeline.
func (p *Pipeline) Engine() *engine.Engine {
	return engine.New(engine.Config{Strategy: p.Strategy, Teacher: p.Plan.Teacher, Phases: p.Phases,
		Modules: p.Modules(), Log: p.Log})
}
