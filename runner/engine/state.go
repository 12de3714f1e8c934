package engine

import (
	"encoding/json"
	"errors"
	"fmt"

	"montage/core/tensor"
	"montage/runner/checkpoint"
	"montage/runner/model"
	"montage/runner/optim"
	"montage/runner/weight"
)

// The files of a checkpoint: one for each module by its name, and these.
const (
	teacherPrefix   = "teacher."
	optimizerPrefix = "optimizer."
)

// Label names the position for people: phase, epochs and steps done.
func (e *Engine) Label() string {
	return fmt.Sprintf("phase%d-epoch%03d-step%06d", e.position.Phase+1, e.position.Epoch, e.position.Step)
}

// Content returns the whole state, in the engine's own memory: save it before the
// next step.
func (e *Engine) Content() (checkpoint.Content, error) {
	state, err := json.Marshal(e.position)
	if err != nil {
		return checkpoint.Content{}, fmt.Errorf("describe the state: %w", err) // an infinite loss is refused before
	}
	c := checkpoint.Content{State: state, Files: map[string][]weight.Named{}}
	for _, m := range e.Modules {
		c.Files[m.Name] = m.Named()
		if m.Teacher != nil {
			c.Files[teacherPrefix+m.Name] = m.NamedTeacher()
		}
	}
	for _, o := range e.optimizers() {
		var named []weight.Named
		for _, n := range o.Rule.State() {
			named = append(named, weight.Named{Name: n.Name, Tensor: n.Value})
		}
		c.Files[optimizerPrefix+o.Name] = named
		if o.accumulated != nil {
			c.Files[accumulatedPrefix+o.Name] = o.accumulated.named()
		}
	}
	return c, nil
}

// Restore brings back a state that Content described, for the same spec.
func (e *Engine) Restore(c checkpoint.Content) error {
	var position Position
	if err := json.Unmarshal(c.State, &position); err != nil {
		return fmt.Errorf("the checkpoint's position is damaged: %w", err)
	}
	if err := errors.Join(e.check(position), e.checkAccumulated(position)); err != nil {
		return err
	}
	for _, m := range e.Modules {
		if err := RestoreModule(m, c); err != nil {
			return err
		}
		if m.Teacher != nil {
			if err := fill(teacherPrefix+m.Name, m.NamedTeacher(), c); err != nil {
				return err
			}
			m.Taught()
		}
	}
	for _, o := range e.optimizers() {
		var state []optim.Named
		for _, n := range c.Files[optimizerPrefix+o.Name] {
			state = append(state, optim.Named{Name: n.Name, Value: n.Tensor})
		}
		if err := o.Rule.Load(state); err != nil {
			return fmt.Errorf("optimizer %s: %w", o.Name, err)
		}
		if o.accumulated != nil {
			if err := fill(accumulatedPrefix+o.Name, o.accumulated.named(), c); err != nil {
				return err
			}
		}
	}
	e.position = position
	return nil
}

// check refuses a position that this run does not have.
func (e *Engine) check(p Position) error {
	switch {
	case p.Phase < 0 || p.Phase > len(e.Phases) || p.Epoch < 0 || p.Step < 0 || p.Optimizer < 0 || p.Losses == nil:
	case p.Phase == len(e.Phases) && p.Epoch == 0 && p.Step == 0 && p.Optimizer == 0:
		return nil
	case p.Phase == len(e.Phases):
	case p.Epoch <= e.Phases[p.Phase].Epochs && p.Step < max(e.Phases[p.Phase].Steps, 1) &&
		p.Optimizer <= len(e.Phases[p.Phase].Optimizers):
		return nil
	}
	return errors.New("the checkpoint belongs to a run with other phases or another data set")
}

// RestoreModule fills one module from its file of a checkpoint, for use without
// training.
func RestoreModule(m *model.StatefulModule, c checkpoint.Content) error {
	defer m.Changed() // also where it failed half way
	return fill(m.Name, m.Named(), c)
}

func fill(file string, into []weight.Named, c checkpoint.Content) error {
	tensors := map[string]tensor.Tensor{}
	for _, n := range c.Files[file] {
		tensors[n.Name] = n.Tensor
	}
	report, err := weight.Fill(into, tensors)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(report.Missing)+len(report.Unexpected) > 0 {
		return fmt.Errorf("%s: the checkpoint is of another model: %v", file, report)
	}
	return nil
}

// optimizers returns every optimizer once, though phases may share it.
func (e *Engine) optimizers() (all []*Optimizer) {
	seen := map[*Optimizer]bool{}
	for _, phase := range e.Phases {
		for _, o := range phase.Optimizers {
			if !seen[o] {
				all = append(all, o)
			}
			seen[o] = true
		}
	}
	return all
}

// EpochsDone counts the whole epochs before the position.
func (e *Engine) EpochsDone() int {
	n := e.position.Epoch
	for _, phase := range e.Phases[:e.position.Phase] {
		for epoch := range phase.Epochs {
			if phase.steps(epoch) > 0 {
				n++
			}
		}
	}
	return n
}
