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
	return fmt.Sprintf("phase%d-epoch%03d-step%06d", e.place.Phase+1, e.place.Epoch, e.place.Step)
}

// Content returns the whole state, in the engine's own memory: save it before the
// next step.
func (e *Engine) Content() (checkpoint.Content, error) {
	state, err := json.Marshal(e.place)
	if err != nil {
		return checkpoint.Content{}, fmt.Errorf("describe the state: %w", err) // an infinite loss is refused before
	}
	c := checkpoint.Content{State: state, Files: map[string][]weight.Named{}}
	for _, p := range e.Parts {
		c.Files[p.Name] = p.Named()
		if p.Teacher != nil {
			c.Files[teacherPrefix+p.Name] = p.NamedTeacher()
		}
	}
	for _, g := range e.groups() {
		var named []weight.Named
		for _, n := range g.Optimizer.State() {
			named = append(named, weight.Named{Name: n.Name, Tensor: n.Value})
		}
		c.Files[optimizerPrefix+g.Name] = named
		if g.gathered != nil {
			c.Files[gatheredPrefix+g.Name] = g.gathered.named()
		}
	}
	return c, nil
}

// Restore brings back a state that Content described, for the same spec.
func (e *Engine) Restore(c checkpoint.Content) error {
	var place Place
	if err := json.Unmarshal(c.State, &place); err != nil {
		return fmt.Errorf("the checkpoint's place is damaged: %w", err)
	}
	if err := errors.Join(e.check(place), e.checkGathered(place)); err != nil {
		return err
	}
	for _, p := range e.Parts {
		if err := RestorePart(p, c); err != nil {
			return err
		}
		if p.Teacher != nil {
			if err := fill(teacherPrefix+p.Name, p.NamedTeacher(), c); err != nil {
				return err
			}
			p.Taught()
		}
	}
	for _, g := range e.groups() {
		var state []optim.Named
		for _, n := range c.Files[optimizerPrefix+g.Name] {
			state = append(state, optim.Named{Name: n.Name, Value: n.Tensor})
		}
		if err := g.Optimizer.Load(state); err != nil {
			return fmt.Errorf("optimizer %s: %w", g.Name, err)
		}
		if g.gathered != nil {
			if err := fill(gatheredPrefix+g.Name, g.gathered.named(), c); err != nil {
				return err
			}
		}
	}
	e.place = place
	return nil
}

// check refuses a place that this run does not have.
func (e *Engine) check(p Place) error {
	switch {
	case p.Phase < 0 || p.Phase > len(e.Phases) || p.Epoch < 0 || p.Step < 0 || p.Group < 0 || p.Losses == nil:
	case p.Phase == len(e.Phases) && p.Epoch == 0 && p.Step == 0 && p.Group == 0:
		return nil
	case p.Phase == len(e.Phases):
	case p.Epoch <= e.Phases[p.Phase].Epochs && p.Step < max(e.Phases[p.Phase].Steps, 1) && p.Group <= len(e.Phases[p.Phase].Groups):
		return nil
	}
	return errors.New("the checkpoint belongs to a run with other phases or another data set")
}

// RestorePart fills one part from its file of a checkpoint, for use without
// training.
func RestorePart(p *model.Part, c checkpoint.Content) error {
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
func (e *Engine) groups() (all []*Group) {
	seen := map[*Group]bool{}
	for _, phase := range e.Phases {
		for _, g := range phase.Groups {
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
	n := e.place.Epoch
	for _, phase := range e.Phases[:e.place.Phase] {
		for epoch := range phase.Epochs {
			if phase.steps(epoch) > 0 {
				n++
			}
		}
	}
	return n
}
