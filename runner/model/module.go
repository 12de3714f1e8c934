package model

import (
	"fmt"

	"montage/core"
	"montage/core/rng"
	"montage/core/tensor"
	"montage/runner/weight"
)

// StatefulModule is the backbone or a head of a branch, with its state.
type StatefulModule struct {
	// Name is "backbone", or branch and key such as "supervised.head".
	Name   string
	Module core.Module
	Input  core.ModuleInput
	Plan   core.ModulePlan
	// Prefix, when set, goes before the backbone, which then begins behind the cut.
	Prefix *FrozenPrefix

	// State holds the parameters and buffers in the order of the plan, in memory
	// that plugins can only read. Teacher is the averaged copy, or nil.
	State, Teacher []tensor.Tensor
	// Grads and Updates are what a call writes: the gradients of the trainable
	// parameters and the new values of the buffers, zero tensors for the others.
	Grads, Updates []tensor.Tensor

	// revisions counts the changes of frozen values. Every call carries the number of the
	// last change of State or of Teacher.
	revisions, revision, teacherRevision uint64
}

// Changed must be called after State was written other than by a step, because a step
// does not change what is frozen.
func (m *StatefulModule) Changed() {
	m.revisions++
	m.revision = m.revisions
}

// Taught must be called after Teacher was written.
func (m *StatefulModule) Taught() {
	m.revisions++
	m.teacherRevision = m.revisions
}

// Allocator hands out memory that components can see.
type Allocator interface {
	Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error)
}

// Allocate takes the memory of the module's state and of what its calls write.
func (m *StatefulModule) Allocate(state, work Allocator, teacher bool) error {
	m.State, m.Teacher, m.Grads, m.Updates = nil, nil, nil, nil
	for _, param := range m.Plan.Params {
		if err := m.allocate(param, state, work, teacher); err != nil {
			return fmt.Errorf("%s: %s: %w", m.Name, param.Name, err)
		}
	}
	return nil
}

func (m *StatefulModule) allocate(param core.Param, state, work Allocator, teacher bool) error {
	var grad, update, average tensor.Tensor
	value, err := state.Alloc(tensor.Float32, param.Shape...)
	if err == nil && teacher {
		average, err = state.Alloc(tensor.Float32, param.Shape...)
	}
	if err == nil && trainable(param) {
		grad, err = work.Alloc(tensor.Float32, param.Shape...)
	}
	if err == nil && param.Buffer {
		update, err = work.Alloc(tensor.Float32, param.Shape...)
	}
	if err != nil {
		return err
	}
	m.State, m.Grads, m.Updates = append(m.State, value), append(m.Grads, grad), append(m.Updates, update)
	if teacher {
		m.Teacher = append(m.Teacher, average)
	}
	return nil
}

// Initialize fills the parameters as the plan says, each from a stream of its own.
func (m *StatefulModule) Initialize(key rng.Key) error {
	for i, param := range m.Plan.Params {
		if err := fill(m.State[i].Float32s(), param.Init, key.Of(StreamName(m.Name)).Of(param.Name)); err != nil {
			return fmt.Errorf("%s: %s: %w", m.Name, param.Name, err)
		}
	}
	m.Changed()
	return nil
}

// Named returns the state by the plan's names.
func (m *StatefulModule) Named() []weight.Named { return named(m.Plan.Params, m.State) }

// NamedTeacher returns the averaged copy by the plan's names.
func (m *StatefulModule) NamedTeacher() []weight.Named { return named(m.Plan.Params, m.Teacher) }

// Trainable reports whether any parameter of the module gets a gradient.
func (m *StatefulModule) Trainable() bool {
	for _, param := range m.Plan.Params {
		if trainable(param) {
			return true
		}
	}
	return false
}

// Count returns the number of parameters, and of those that are trained. Buffers
// are not parameters.
func (m *StatefulModule) Count() (all, trained int) {
	for _, param := range m.Plan.Params {
		n, _ := tensor.Elements(param.Shape) // checked when the plan came
		if !param.Buffer {
			all += n
		}
		if trainable(param) {
			trained += n
		}
	}
	return all, trained
}

func trainable(p core.Param) bool { return !p.Buffer && !p.Frozen }

func named(params []core.Param, tensors []tensor.Tensor) []weight.Named {
	out := make([]weight.Named, len(tensors))
	for i, t := range tensors {
		out[i] = weight.Named{Name: params[i].Name, Tensor: t}
	}
	return out
}

func fill(values []float32, init core.Init, key rng.Key) error {
	draw := key.Rand()
	switch init.Kind {
	case "constant":
		for i := range values {
			values[i] = float32(init.Value)
		}
	case "uniform":
		for i := range values {
			values[i] = float32((2*draw.Float64() - 1) * init.Value)
		}
	case "normal":
		for i := range values {
			values[i] = float32(draw.NormFloat64() * init.Value)
		}
	default:
		return fmt.Errorf("unknown initialisation %q; expected constant, uniform or normal", init.Kind)
	}
	return nil
}

// Check refuses a plan that the runner could not hold or save.
func (m *StatefulModule) Check() error {
	if m.Plan.Outputs < 1 {
		return fmt.Errorf("%s: planned %d outputs: %w", m.Name, m.Plan.Outputs, core.ErrShape)
	}
	for _, n := range m.Plan.FrozenPrefix {
		if n < 1 {
			return fmt.Errorf("%s: planned a prefix of the shape %v: %w", m.Name, m.Plan.FrozenPrefix, core.ErrShape)
		}
	}
	seen := map[string]bool{}
	for _, param := range m.Plan.Params {
		if n, err := tensor.Elements(param.Shape); err != nil || n == 0 || len(param.Shape) == 0 {
			return fmt.Errorf("%s: parameter %q has shape %v: %w", m.Name, param.Name, param.Shape, core.ErrShape)
		}
		if param.Name == "" || seen[param.Name] {
			return fmt.Errorf("%s: two parameters are named %q, or one has no name", m.Name, param.Name)
		}
		seen[param.Name] = true
	}
	return nil
}
