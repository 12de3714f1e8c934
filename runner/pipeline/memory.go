package pipeline

import (
	"fmt"
	"path/filepath"

	"montage/core/shm"
	"montage/core/tensor"
	"montage/runner/engine"
	"montage/runner/model"
	"montage/runner/optim"
	"montage/runner/weight"
)

// counter is an allocator that only counts.
type counter struct{ shm.Layout }

func (c *counter) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.Tensor{}, c.Add(d, shape...)
}

// measure lays everything out without memory.
func (a *Pipeline) measure() error {
	var state, work counter
	if err := a.allocate(&state, &work); err != nil {
		return err
	}
	a.StateBytes, a.WorkBytes = state.Bytes(), work.Bytes()
	return nil
}

// Build makes the memory and the first values of all parameters, and, for
// training, the optimizers.
func (a *Pipeline) Build() error {
	state, work, err := a.Plugins.Map(a.StateBytes, a.WorkBytes)
	if err != nil {
		return fmt.Errorf("memory of the run: %w", err)
	}
	if err := a.allocate(state, work); err != nil {
		return err
	}
	for _, part := range a.Modules() {
		if err := part.Initialize(a.root.Of("parameters")); err != nil {
			return err
		}
	}
	if a.Predict {
		return nil
	}
	if err := a.loadWeights(); err != nil {
		return err
	}
	for _, part := range a.Modules() {
		for i := range part.Teacher {
			copy(part.Teacher[i].Bytes(), part.State[i].Bytes())
		}
		part.Taught()
	}
	return a.phases()
}

// loadWeights starts the backbone from the file that the spec names.
func (a *Pipeline) loadWeights() error {
	path := a.Spec.Weights
	if path == "" {
		return nil
	}
	report, err := weight.Import(path, a.Backbone.Named())
	a.Backbone.Changed()
	if err != nil {
		return a.problem(a.Spec.Backbone, fmt.Errorf("backbone %q: %w", a.Spec.Backbone.Plugin, err))
	}
	if report.Matched == 0 {
		return a.problem(a.Spec.Backbone, fmt.Errorf("%s has no tensor of backbone %q: %v", path,
			a.Spec.Backbone.Plugin, report))
	}
	log := a.Log.Info()
	if report.Doubtful() {
		log = a.Log.Warn()
	}
	log.Str("file", filepath.Base(path)).Msg("weights: " + report.String())
	return nil
}

// phases groups the branches of each phase by their optimizers.
func (a *Pipeline) phases() error {
	branches := map[string]*engine.TrainedBranch{}
	for _, b := range a.Branches {
		branches[b.Name] = b
	}
	for i, p := range a.Plan.Phases {
		if a.Phases[i].Epochs == 0 {
			continue
		}
		members := map[string][]*engine.TrainedBranch{}
		var order []string
		for _, name := range p.Branches {
			b := branches[name]
			if members[b.Optimizer] == nil {
				order = append(order, b.Optimizer)
			}
			members[b.Optimizer] = append(members[b.Optimizer], b)
		}
		for _, name := range order {
			// A phase starts with fresh moments: an optimizer belongs to one.
			id := fmt.Sprintf("%s.%s", p.Name, name)
			group, err := a.group(id, members[name])
			if err != nil {
				return err
			}
			a.Phases[i].Optimizers = append(a.Phases[i].Optimizers, group)
		}
	}
	return nil
}

func (a *Pipeline) group(id string, branches []*engine.TrainedBranch) (*engine.Optimizer, error) {
	o := a.Spec.Branch(branches[0].Name).Optimizer
	return engine.NewOptimizer(engine.OptimizerConfig{Name: id, Branches: branches, Rule: optim.Config(o),
		Schedule: optim.Schedule(o.Schedule), Clip: o.Clip, Accumulate: o.Accumulate})
}

// Engine returns the training of a built assembly.
func (a *Pipeline) Engine() *engine.Engine {
	return engine.New(engine.Config{Strategy: a.Strategy, Teacher: a.Plan.Teacher, Phases: a.Phases,
		Modules: a.Modules(), Log: a.Log})
}

var _ model.Allocator = (*counter)(nil)
