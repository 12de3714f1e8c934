package pipeline

import (
	"fmt"
	"path/filepath"

	"montage/core/shm"
	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/weight"
)

// counter is an allocator that only counts.
type counter struct{ shm.Layout }

func (c *counter) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.Tensor{}, c.Add(d, shape...)
}

// measure lays everything out without memory.
func (p *Pipeline) measure() error {
	var state, work counter
	if err := p.allocate(&state, &work); err != nil {
		return err
	}
	p.StateBytes, p.WorkBytes = state.Bytes(), work.Bytes()
	return nil
}

// allocate lays out everything, in an order that is a function of the spec.
func (p *Pipeline) allocate(state, work model.Allocator) error {
	for _, m := range p.Modules() {
		if err := m.Allocate(state, work, p.Plan.Teacher != nil && !p.Predict); err != nil {
			return err
		}
	}
	if p.Backbone.Prefix != nil {
		if err := p.Backbone.Prefix.Allocate(work, p.Backbone); err != nil {
			return err
		}
	}
	for _, b := range p.Branches {
		if err := p.allocateBranch(b, work); err != nil {
			return err
		}
	}
	return p.Predictor.Allocate(work, p.frame())
}

func (p *Pipeline) allocateBranch(b *model.Branch, work model.Allocator) error {
	if err := b.Chain.Allocate(work, p.largest(b), &p.forwardID); err != nil {
		return fmt.Errorf("branch %s: %w", b.Name, err)
	}
	if !b.Trained() {
		return nil
	}
	if err := b.AllocateViews(work); err != nil {
		return err
	}
	return p.Inputs[b.Name].Allocate(work, p.frame())
}

// Build makes the memory and the first values of all parameters, and, for
// training, the optimizers.
func (p *Pipeline) Build() error {
	state, work, err := p.Plugins.Map(p.StateBytes, p.WorkBytes)
	if err != nil {
		return fmt.Errorf("memory of the run: %w", err)
	}
	if err := p.allocate(state, work); err != nil {
		return err
	}
	for _, m := range p.Modules() {
		if err := m.Initialize(p.root.Of("parameters")); err != nil {
			return err
		}
	}
	if p.Predict {
		return nil
	}
	if err := p.loadWeights(); err != nil {
		return err
	}
	for _, m := range p.Modules() {
		for i := range m.Teacher {
			copy(m.Teacher[i].Bytes(), m.State[i].Bytes())
		}
		m.Taught()
	}
	return p.makeOptimizers()
}

// loadWeights fills the backbone from the file that the spec names.
func (p *Pipeline) loadWeights() error {
	path := p.Spec.Weights
	if path == "" {
		return nil
	}
	report, err := weight.Import(path, p.Backbone.Named())
	p.Backbone.Changed()
	if err != nil {
		return p.problem(p.Spec.Backbone, fmt.Errorf("backbone %q: %w", p.Spec.Backbone.Plugin, err))
	}
	if report.Matched == 0 {
		return p.problem(p.Spec.Backbone, fmt.Errorf("%s has no tensor of backbone %q: %v", path,
			p.Spec.Backbone.Plugin, report))
	}
	log := p.Log.Info()
	if report.Doubtful() {
		log = p.Log.Warn()
	}
	log.Str("file", filepath.Base(path)).Msg("weights: " + report.String())
	return nil
}

var _ model.Allocator = (*counter)(nil)
