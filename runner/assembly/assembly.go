// Package assembly turns a spec into a pipeline: it opens the data, asks the
// strategy for its program, plans every component with the shapes that the one
// before gives, and lays out the memory. Training, evaluation and the plan command
// all start from here.
package assembly

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
	Backbone(name string, options core.Values) (core.Layer, error)
	Head(name string, options core.Values) (core.Layer, error)
	Loss(name string, options core.Values) (core.Objective, error)
	Augmentation(name string, options core.Values) (core.Augmenter, error)
	Strategy(name string, options core.Values) (core.Strategist, error)
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
type Assembly struct {
	Config
	Program  core.Program
	Strategy core.Strategist
	Data     Data
	Backbone *model.Part
	// Branches are those of the program, in its order.
	Branches  []*engine.Branch
	Phases    []engine.Phase
	Predictor *predict.Predictor
	Loader    *data.Loader
	// Warnings are what a user should know before training.
	Warnings spec.Problems
	// TrunkDir is the folder of what the frozen part of the backbone makes, "" without.
	TrunkDir string
	// StateBytes and WorkBytes are the shared memory that the run will take.
	StateBytes, WorkBytes int64

	root  rng.Key
	token uint64
}

// New assembles and checks everything that can be known without training. What is
// wrong with the spec comes back as spec.Problems.
func New(ctx context.Context, c Config) (*Assembly, error) {
	a := &Assembly{Config: c, root: rng.New(uint64(c.Spec.Seed))}
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
	a.Loader = data.NewLoader(data.LoaderConfig{Size: c.Spec.Data.Size, CacheBytes: c.Spec.Data.Cache, OnError: data.OnError(c.Spec.Data.OnError)})
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
func (a *Assembly) program() error {
	c := a.Spec.Strategy
	strategy, err := a.Plugins.Strategy(c.Plugin, c.Values)
	if err != nil {
		return a.problem(c, err)
	}
	a.Strategy = strategy
	if a.Program, err = strategy.Program(core.StrategyInput{Classes: len(a.Classes)}); err != nil {
		return a.problem(c, err)
	}
	if err := a.Program.Check(); err != nil {
		return a.problem(c, fmt.Errorf("strategy %q gave a program that cannot be trained: %w", c.Plugin, err))
	}
	if problems := a.Spec.CheckProgram(a.Program); len(problems) > 0 && !a.Predict {
		return problems.Err()
	}
	return nil
}

// problem places an error of a component at its line of the spec.
func (a *Assembly) problem(c *spec.Component, err error) error {
	var crash *wire.CrashError
	if errors.Is(err, context.Canceled) || errors.As(err, &crash) { // no fault of the spec's
		return err
	}
	return spec.Problems{a.Spec.At(c.Path, err)}
}

// Predictive returns the branch that predicts the genres.
func (a *Assembly) Predictive() *engine.Branch {
	if b := a.find(a.Program.Predict); b != nil {
		return b
	}
	panic("assembly: the program was checked to have the branch that predicts")
}

// find returns a branch by name, nil where it is not assembled.
func (a *Assembly) find(name string) *engine.Branch {
	for _, b := range a.Branches {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Parts returns every layer once, the backbone first.
func (a *Assembly) Parts() []*model.Part {
	parts := []*model.Part{a.Backbone}
	for _, b := range a.Branches {
		for _, part := range b.Chain.Heads {
			if !slices.Contains(parts, part) { // not another branch's
				parts = append(parts, part)
			}
		}
	}
	return parts
}
