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

// The files of a checkpoint: one for each part by its name, and these.
const (
	teacherPrefix   = "teacher."
	optimizerPrefix = "optimizer."
)

// Label names the place for people: phase, epochs and steps done.
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
	for _, p := range e.Modules {
		c.Files[p.Name] = p.Named()
		if p.Teacher != nil {
			c.Files[teacherPrefix+p.Name] = p.NamedTeacher()
		}
	}
	for _, g := range e.optimizers() {
		var named []weight.Named
		for _, n := range g.Rule.State() {
			named = append(named, weight.Named{Name: n.Name, Tensor: n.Value})
		}
		c.Files[optimizerPrefix+g.Name] = named
		if g.accumulated != nil {
			c.Files[accumulatedPrefix+g.Name] = g.accumulated.named()
		}
	}
	return c, nil
}

// Restore brings back a state that Content described, for the same spec.
func (e *Engine) Restore(c checkpoint.Content) error {
	var place Position
	if err := json.Unmarshal(c.State, &place); err != nil {
		return fmt.Errorf("the checkpoint's place is damaged: %w", err)
	}
	if err := errors.Join(e.check(place), e.checkAccumulated(place)); err != nil {
		return err
	}
	for _, p := range e.Modules {
		if err := RestoreModule(p, c); err != nil {
			return err
		}
		if p.Teacher != nil {
			if err := fill(teacherPrefix+p.Name, p.NamedTeacher(), c); err != nil {
				return err
			}
			p.Taught()
		}
	}
	for _, g := range e.optimizers() {
		var state []optim.Named
		for _, n := range c.Files[optimizerPrefix+g.Name] {
			state = append(state, optim.Named{Name: n.Name, Value: n.Tensor})
		}
		if err := g.Rule.Load(state); err != nil {
			return fmt.Errorf("optimizer %s: %w", g.Name, err)
		}
		if g.accumulated != nil {
			if err := fill(accumulatedPrefix+g.Name, g.accumulated.named(), c); err != nil {
				return err
			}
		}
	}
	e.position = place
	return nil
}

// check refuses a place that this run does not have.
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

// RestorePart fills one part from its file of a checkpoint, for use without
// training.
func RestoreModule(p *model.Module, c checkpoint.Content) error {
	defer p.Changed() // also where it failed half way
	return fill(p.Name, p.Named(), c)
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

// groups returns every optimizer once, though phases may share it.
func (e *Engine) optimizers() (all []*Optimizer) {
	seen := map[*Optimizer]bool{}
	for _, phase := range e.Phases {
		for _, g := range phase.Optimizers {
			if !seen[g] {
				all = append(all, g)
			}
			seen[g] = true
		}
	}
	return all
}

// EpochsDone counts the whole epochs before the place.
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
