// Package engine trains: phase after phase, epoch after epoch, step after step. It owns
// every number that changes on the way. A step is in step.go.
//
// One optimizer's step is committed as a whole. Until all of its calls have succeeded
// and all of its numbers are finite, parameters, buffers and moments stay as they were.
// So a run can stop at any point and continue later, bit for bit.
package engine

import (
	"context"
	"errors"
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
	// Modules are all modules of the run, the backbone first.
	Modules []*model.StatefulModule
	Log     zerolog.Logger
	// OnStep, when set, is called after every committed step.
	OnStep func(StepReport)
	// OnTime, when set, is called with how long the engine's own share of a step took, by
	// what it was for: waiting for data, checks, optimizer.
	OnTime func(what string, took time.Duration)
	// OnEpoch, when set, is called at the end of each epoch with the context of Run. The
	// state is then that of the next epoch's beginning.
	OnEpoch func(context.Context, EpochReport) error
}

// TrainingPhase is a phase of the strategy's plan with what the spec says about it.
type TrainingPhase struct {
	Name   string
	Epochs int
	// Steps is the number of steps of an epoch; Limit, when not 0, ends the phase
	// after so many steps in all.
	Steps, Limit int
	// Inputs prepare the batches of the phase's branches.
	Inputs []*input.Pipeline
	// Optimizers step in this order, each for its branches.
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

// Engine is a training in progress.
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
	for _, m := range e.Modules {
		m.OpenCache() // whose frozen values stay as they are from here on
	}
	for !e.Done() {
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

// Done reports whether there is nothing left to train.
func (e *Engine) Done() bool { return e.position.Phase >= len(e.Phases) }

func (e *Engine) epoch(ctx context.Context, phase TrainingPhase) error {
	e.began, e.frames = time.Now(), 0
	ahead := e.prefetch(ctx, phase)
	defer ahead.stop()
	for e.position.Step < phase.steps(e.position.Epoch) {
		start := time.Now()
		batches, err := ahead.next(ctx)
		e.took("waiting for data", start)
		if err == nil {
			err = e.step(ctx, phase, batches)
		}
		if err != nil {
			return e.explain(ctx, phase, err)
		}
		ahead.release(batches)
	}
	report := e.reportEpoch(phase)
	e.position.endEpoch()
	report.Last = e.position.Epoch == phase.Epochs || phase.steps(e.position.Epoch) == 0
	if e.OnEpoch != nil {
		return e.OnEpoch(ctx, report)
	}
	return nil
}

func (e *Engine) reportStep(phase TrainingPhase, batches stepInput) {
	if e.OnStep == nil {
		return
	}
	e.OnStep(StepReport{Phase: phase.Name, Epoch: e.position.Epoch, Epochs: phase.Epochs, Step: e.position.Step,
		Steps: phase.steps(e.position.Epoch), Losses: e.position.meanLosses(), Samples: batches.samples,
		Frames: batches.frames()})
}

// reportEpoch describes the epoch whose steps are all done.
func (e *Engine) reportEpoch(phase TrainingPhase) EpochReport {
	return EpochReport{Phase: phase.Name, Epoch: e.position.Epoch + 1, Steps: phase.steps(e.position.Epoch),
		Losses: e.position.meanLosses(), Rates: e.rates(phase), Embeddings: e.position.meanEmbeddings(),
		Seconds: time.Since(e.began).Seconds(), Frames: e.frames}
}

func (e *Engine) took(what string, since time.Time) {
	if e.OnTime != nil {
		e.OnTime(what, time.Since(since))
	}
}

// explain puts the position into an error. An interruption stays itself.
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
