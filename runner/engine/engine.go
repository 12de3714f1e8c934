// Package engine trains: phase after phase, epoch after epoch, step after step, it
// takes prepared batches through the branches of a strategy's program and owns
// everything that changes on the way.
//
// The unit of commitment is one optimizer's step. Until all calls of it succeeded
// and all its numbers are finite, parameters, buffers and moments are what they
// were; so a run can stop anywhere and go on, bit for bit.
package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/runner/input"
	"montage/runner/model"
)

// Config is what an engine runs.
type Config struct {
	Strategy core.Strategy
	Teacher  *core.Teacher
	Phases   []TrainingPhase
	// Parts are all layers of the run, the backbone first.
	Modules []*model.Module
	Log     zerolog.Logger
	// OnStep, when set, hears of every committed step.
	OnStep func(StepReport)
	// OnTime, when set, hears how long the parts of a step took that are the
	// engine's own: waiting for data, checks and optimizer.
	OnTime func(part string, took time.Duration)
	// OnEpoch, when set, is called at the end of each epoch, after which the
	// state is that of the next epoch's beginning.
	OnEpoch func(EpochReport) error
}

// Phase is a phase of the program with what the spec says about it.
type TrainingPhase struct {
	Name   string
	Epochs int
	// Steps is the number of steps of an epoch; Limit, when not 0, ends the phase
	// after so many steps in all.
	Steps, Limit int
	// Groups are the optimizers in their order, with the branches they serve.
	Optimizers []*Optimizer
}

// Total returns the number of steps of the phase.
func (p TrainingPhase) Total() int {
	if all := p.Epochs * p.Steps; p.Limit == 0 || p.Limit > all {
		return all
	}
	return p.Limit
}

// steps returns the number of steps of an epoch, which the limit may cut short.
func (p TrainingPhase) steps(epoch int) int { return max(0, min(p.Steps, p.Total()-epoch*p.Steps)) }

// Branch is a branch with its feed.
type TrainedBranch struct {
	*model.Objective
	// Untrained branches have heads alone: no loss, no feed.
	Untrained bool
	Feed      *input.Pipeline
	// Slots hold the step that computes and the one being prepared.
	Slots [2]*input.Slot
	// Kept are where the views without a gradient put theirs, float32 [R,K].
	Kept []model.Output
}

// StepReport tells of one step.
type StepReport struct {
	Phase         string
	Epoch, Epochs int
	Step, Steps   int
	// Losses are the means over the epoch so far.
	Losses  map[string]float64
	Samples int
	// Frames are those that were trained on.
	Frames int
}

// EpochReport tells of one epoch.
type EpochReport struct {
	Phase string `json:"phase"`
	// Epoch counts from 1.
	Epoch  int                `json:"epoch"`
	Steps  int                `json:"steps"`
	Losses map[string]float64 `json:"losses"`
	// Rates are the learning rates of the epoch's last step, by optimizer.
	Rates map[string]float64 `json:"learning_rates"`
	// Score is the mean average precision on the validation set, where there is one.
	Score *float64 `json:"valid_map,omitempty"`
	// Embeddings tell of branches whose outputs are embeddings how these lay, as means
	// over the steps: see [Signs].
	Embeddings map[string]EmbeddingStats `json:"embeddings,omitempty"`
	// Probe is what can be read off the features, where the spec asks for it.
	Probe map[string]float64 `json:"probe,omitempty"`
	// Last tells that the phase ends with the epoch.
	Last bool `json:"-"`
	// Seconds and Frames are of this session: a resumed epoch counts from there.
	Seconds float64 `json:"seconds"`
	Frames  int     `json:"frames"`
}

// StepError says where training stopped and on which samples.
type StepError struct {
	Phase   string
	Epoch   int
	Step    int
	Branch  string
	Samples []string
	Err     error
}

func (e *StepError) Error() string {
	where := fmt.Sprintf("phase %s, epoch %d, step %d", e.Phase, e.Epoch+1, e.Step+1)
	if e.Branch != "" {
		where += ", branch " + e.Branch
	}
	if len(e.Samples) > 0 {
		where += ", samples " + strings.Join(e.Samples, " ")
	}
	return where + ": " + e.Err.Error()
}

func (e *StepError) Unwrap() error { return e.Err }

// Engine is a run in progress.
type Engine struct {
	Config
	position Position
	began    time.Time
	// frames counts the frames trained on in this epoch of this session.
	frames int
}

// New returns an engine at the beginning of the first phase.
func New(c Config) *Engine { return &Engine{Config: c, position: Position{Losses: map[string]Mean{}}} }

// Run trains to the end. When it returns an error, the context's included, the
// state is that after the last committed step and can be saved.
func (e *Engine) Run(ctx context.Context) error {
	for e.position.Phase < len(e.Phases) {
		phase := e.Phases[e.position.Phase]
		for e.position.Epoch < phase.Epochs && phase.steps(e.position.Epoch) > 0 {
			if err := e.epoch(ctx, phase); err != nil {
				return err
			}
		}
		e.position.Phase, e.position.Epoch = e.position.Phase+1, 0
	}
	return nil
}

// Done tells that there is nothing left to train.
func (e *Engine) Done() bool { return e.position.Phase >= len(e.Phases) }

func (e *Engine) epoch(ctx context.Context, phase TrainingPhase) error {
	e.began, e.frames = time.Now(), 0
	ahead := e.prefetch(ctx, phase)
	defer ahead.stop()
	steps := phase.steps(e.position.Epoch)
	for e.position.Step < steps {
		start := time.Now()
		batch, err := ahead.next(ctx)
		e.took("waiting for data", start)
		if err == nil {
			err = e.step(ctx, phase, batch)
		}
		if err != nil {
			return e.explain(ctx, phase, err)
		}
		ahead.release(batch)
	}
	report := EpochReport{Phase: phase.Name, Epoch: e.position.Epoch + 1, Steps: steps, Losses: e.position.means(),
		Rates: e.rates(phase), Embeddings: e.position.embeddingMeans(), Seconds: time.Since(e.began).Seconds(),
		Frames: e.frames}
	e.position.Epoch, e.position.Step, e.position.Losses, e.position.Embeddings = e.position.Epoch+1, 0,
		map[string]Mean{}, nil
	report.Last = e.position.Epoch == phase.Epochs || phase.steps(e.position.Epoch) == 0
	if e.OnEpoch != nil {
		return e.OnEpoch(report)
	}
	return nil
}

// step takes one prepared batch through the optimizers that are still to step.
func (e *Engine) step(ctx context.Context, phase TrainingPhase, batch prepared) error {
	for e.position.Optimizer < len(phase.Optimizers) {
		group := phase.Optimizers[e.position.Optimizer]
		if err := e.stepOptimizer(ctx, phase, group, batch); err != nil {
			return err
		}
		e.position.Optimizer++
	}
	if phase.due(e.position) {
		e.teach()
	}
	e.position.Step, e.position.Optimizer, e.position.Total = e.position.Step+1, 0, e.position.Total+1
	if e.OnStep != nil {
		e.OnStep(StepReport{Phase: phase.Name, Epoch: e.position.Epoch, Epochs: phase.Epochs, Step: e.position.Step,
			Steps: phase.steps(e.position.Epoch), Losses: e.position.means(), Samples: batch.samples,
			Frames: batch.frames()})
	}
	return nil
}

func (e *Engine) took(part string, since time.Time) {
	if e.OnTime != nil {
		e.OnTime(part, time.Since(since))
	}
}

// explain puts the place into an error. An interruption stays itself.
func (e *Engine) explain(ctx context.Context, phase TrainingPhase, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var step *StepError
	if !errors.As(err, &step) {
		step = &StepError{Err: err}
	}
	step.Phase, step.Epoch, step.Step = phase.Name, e.position.Epoch, e.position.Step
	return step
}
