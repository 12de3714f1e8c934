// Package assembly turns a spec into a pipeline: it opens the data, asks the
// strategy for its program, plans every component with the shapes that the one
// before gives, and lays out the memory. Training, evaluation and the plan command
// all start from here.
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
	"montage/core/wire"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/model"
	"montage/runner/predict"
)

// Plugins makes the components of a run and the memory they share.
type Plugins interface {
	Lookup(kind core.Kind, name string) (core.Description, error)
	Backbone(name string, options core.Values) (core.Module, error)
	Head(name string, options core.Values) (core.Module, error)
	Loss(name string, options core.Values) (core.Loss, error)
	Augmentation(name string, options core.Values) (core.Augmentation, error)
	Strategy(name string, options core.Values) (core.Strategy, error)
	// Map makes the memory, once, after everything is planned.
	Map(stateBytes, workBytes int64) (state, work model.Allocator, err error)
}

// Config says what to assemble.
type Config struct {
	Spec    *spec.Spec
	Plugins Plugins
	Log     zerolog.Logger
	// Predict assembles for use alone: of the branches, the one that predicts;
	// of the data, nothing. Classes are then those of training.
	Predict bool
	Classes []string
	// Profile asks the backbone for its times, stage by stage.
	Profile bool
	// Progress, when set, hears of the checking of data.
	Progress func(done, total int)
}

// Assembly is a pipeline that fits together.
type Pipeline struct {
	Config
	Plan     core.StrategyPlan
	Strategy core.Strategy
	Data     Datasets
	Backbone *model.Module
	// Branches are those of the program, in its order.
	Branches  []*engine.TrainedBranch
	Phases    []engine.TrainingPhase
	Predictor *predict.Predictor
	Loader    *data.Loader
	// Warnings are what a user should know before training.
	Warnings spec.Problems
	// PrefixDir is the folder of what the frozen part of the backbone makes, "" without.
	FeatureCacheDir string
	// StateBytes and WorkBytes are the shared memory that the run will take.
	StateBytes, WorkBytes int64

	root  rng.Key
	token uint64
}

// New assembles and checks everything that can be known without training. What is
// wrong with the spec comes back as spec.Problems.
func New(ctx context.Context, c Config) (*Pipeline, error) {
	a := &Pipeline{Config: c, root: rng.New(uint64(c.Spec.Seed))}
	problems := spec.Problems(nil)
	if !c.Predict {
		problems = c.Spec.CheckFiles()
	}
	problems = append(problems, c.Spec.CheckComponents(c.Plugins.Lookup)...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := a.openData(ctx); err != nil {
		return nil, err
	}
	if err := a.program(); err != nil {
		return nil, err
	}
	a.Loader = data.NewLoader(data.LoaderConfig{Size: c.Spec.Data.Size, CacheBytes: c.Spec.Data.Cache,
		OnError: data.OnError(c.Spec.Data.OnError)})
	if err := a.branches(); err != nil {
		return nil, err
	}
	if err := a.plan(); err != nil {
		return nil, err
	}
	if !c.Predict {
		a.planPhases()
	}
	return a, a.measure()
}

// program asks the strategy what to train and compares the spec with it.
func (a *Pipeline) program() error {
	c := a.Spec.Strategy
	strategy, err := a.Plugins.Strategy(c.Plugin, c.Values)
	if err != nil {
		return a.problem(c, err)
	}
	a.Strategy = strategy
	if a.Plan, err = strategy.Plan(core.StrategyInput{Classes: len(a.Classes)}); err != nil {
		return a.problem(c, err)
	}
	if err := a.Plan.Check(); err != nil {
		return a.problem(c, fmt.Errorf("strategy %q gave a program that cannot be trained: %w", c.Plugin, err))
	}
	if problems := a.Spec.CheckStrategyPlan(a.Plan); len(problems) > 0 && !a.Predict {
		return problems.Err()
	}
	return nil
}

// problem places an error of a component at its line of the spec.
func (a *Pipeline) problem(c *spec.Component, err error) error {
	var crash *wire.CrashError
	if errors.Is(err, context.Canceled) || errors.As(err, &crash) { // no fault of the spec's
		return err
	}
	return a.Spec.At(c.Path, err)
}

// Predictive returns the branch that predicts the classes.
func (a *Pipeline) Predictive() *engine.TrainedBranch {
	if b := a.find(a.Plan.Predict); b != nil {
		return b
	}
	panic("assembly: the program was checked to have the branch that predicts")
}

// find returns a branch by name, nil where it is not assembled.
func (a *Pipeline) find(name string) *engine.TrainedBranch {
	for _, b := range a.Branches {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Parts returns every layer once, the backbone first.
func (a *Pipeline) Modules() []*model.Module {
	parts := []*model.Module{a.Backbone}
	for _, b := range a.Branches {
		for _, part := range b.Chain.Heads {
			if !slices.Contains(parts, part) { // not another branch's
				parts = append(parts, part)
			}
		}
	}
	return parts
}
