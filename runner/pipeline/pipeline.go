// Package pipeline turns a spec into something that can be trained or used: it opens the
// data, asks the strategy for its plan, plans every component with the shapes that the
// one before it gives, and lays out the memory. Training, evaluation and the plan
// command all start from here.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/rng"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/input"
	"montage/runner/model"
	"montage/runner/predict"
)

// Plugins makes the components of a run and the memory they share.
type Plugins interface {
	Lookup(kind core.Kind, name string) (core.Description, error)
	// New makes an instance of a component, as core.Component.New does.
	New(kind core.Kind, name string, options core.Values) (any, error)
	// Map makes the memory, once, after everything is planned.
	Map(stateBytes, workBytes int64) (state, work model.Allocator, err error)
}

// Config says what a pipeline is made of.
type Config struct {
	Spec    *spec.Spec
	Plugins Plugins
	Log     zerolog.Logger
	// Predict asks for a pipeline that predicts and does not train. It has only the branch
	// that predicts, and no data. Classes are then those of training.
	Predict bool
	Classes []string
	// Profile asks the backbone for its times, stage by stage.
	Profile bool
	// Progress, when set, is called with the number of samples checked so far.
	Progress func(done, total int)
	// VideoProgress, when set, is called with the number of videos turned into key frames so far.
	VideoProgress func(done, total int)
}

// Pipeline is a spec whose components fit together.
type Pipeline struct {
	Config
	Plan     core.StrategyPlan
	Strategy core.Strategy
	Data     Datasets
	Backbone *model.StatefulModule
	// Branches are those of the plan, in its order, and Inputs what prepares the batches
	// of those that are trained, by their names.
	Branches  []*model.Branch
	Inputs    map[string]*input.Pipeline
	Phases    []engine.TrainingPhase
	Predictor *predict.Predictor
	Loader    *data.Loader
	// Found are lines of spec that state what was found out about the data.
	Found []string
	// Warnings are what a user should know before training.
	Warnings spec.Problems
	// FeatureCacheDir and FrameCacheDir are the folders of the feature cache and of the
	// frame cache, "" without one.
	FeatureCacheDir, FrameCacheDir string
	// StateBytes and WorkBytes are the shared memory that the run will take.
	StateBytes, WorkBytes int64

	root      rng.Key
	forwardID uint64
}

// New makes a pipeline and checks everything that can be checked without training. Errors
// of the spec are returned as spec.Problems.
func New(ctx context.Context, c Config) (*Pipeline, error) {
	p := &Pipeline{Config: c, Inputs: map[string]*input.Pipeline{}, root: rng.New(uint64(c.Spec.Seed))}
	problems := spec.Problems(nil)
	if !c.Predict {
		problems = c.Spec.CheckFiles()
	}
	problems = append(problems, c.Spec.CheckComponents(c.Plugins.Lookup)...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := p.openData(ctx); err != nil {
		return nil, err
	}
	if err := p.planStrategy(); err != nil {
		return nil, err
	}
	if err := p.checkFeatures(); err != nil {
		return nil, err
	}
	if err := p.makeLoader(); err != nil {
		return nil, err
	}
	if err := p.checkSome(ctx); err != nil {
		return nil, err
	}
	if err := p.makeBranches(); err != nil {
		return nil, err
	}
	if err := p.plan(); err != nil {
		return nil, err
	}
	if !c.Predict {
		p.planPhases()
	}
	return p, p.measure()
}

// planStrategy asks the strategy what to train and compares the spec with it.
func (p *Pipeline) planStrategy() error {
	c := p.Spec.Strategy
	var err error
	if p.Strategy, err = component[core.Strategy](p, c); err != nil {
		return err
	}
	if p.Plan, err = p.Strategy.Plan(core.StrategyInput{Classes: len(p.Classes)}); err != nil {
		return p.problem(c, err)
	}
	if err := p.Plan.Check(); err != nil {
		return p.problem(c, fmt.Errorf("strategy %q gave a plan that cannot be trained: %w", c.Plugin, err))
	}
	if problems := p.Spec.CheckStrategyPlan(p.Plan); len(problems) > 0 && !p.Predict {
		return problems.Err()
	}
	return nil
}

// component makes an instance of a component of the spec.
func component[T any](p *Pipeline, c *spec.Component) (made T, err error) {
	instance, err := p.Plugins.New(c.Kind, c.Plugin, c.Values)
	if err != nil {
		return made, p.problem(c, err)
	}
	made, ok := instance.(T)
	if !ok {
		return made, p.problem(c, fmt.Errorf("%s %q is made as a %T, which is something else",
			c.Kind, c.Plugin, instance))
	}
	return made, nil
}

// problem reports an error of a component at its line of the spec.
func (p *Pipeline) problem(c *spec.Component, err error) error {
	var crash *core.CrashError
	if errors.Is(err, context.Canceled) || errors.As(err, &crash) { // no fault of the spec's
		return err
	}
	return p.Spec.At(c.Path, err)
}

// Branch returns a branch by its name, nil where the pipeline has none of it.
func (p *Pipeline) Branch(name string) *model.Branch {
	for _, b := range p.Branches {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Modules returns every module once, the backbone first.
func (p *Pipeline) Modules() []*model.StatefulModule {
	modules := []*model.StatefulModule{p.Backbone}
	for _, b := range p.Branches {
		for _, head := range b.Chain.Heads {
			if !slices.Contains(modules, head) { // not another branch's
				modules = append(modules, head)
			}
		}
	}
	return modules
}
