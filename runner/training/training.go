// Package training takes a run from its first epoch to its end. It decides what happens
// after an epoch (validate, probe, record, save, keep the best), how a run continues where
// it stopped, and what is saved when it stops.
//
// It computes nothing itself: an engine trains, and functions of the caller score the
// validation set and probe the features.
package training

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/runner/checkpoint"
	"montage/runner/engine"
	"montage/runner/predict"
	"montage/runner/probe"
	"montage/runner/run"
)

// Config says what a run does between its epochs.
type Config struct {
	Run   *run.Run
	Facts run.Facts
	Log   zerolog.Logger
	// Plugins are the plugins that the run uses now.
	Plugins []run.UsedPlugin
	// Validate scores the validation set; it is nil without one. ValidateEvery is the
	// number of epochs between two scores. The last epoch of a phase is always scored.
	Validate      func(context.Context) (predict.Scores, error)
	ValidateEvery int
	// Probe judges the features. ProbeEvery is the number of epochs between two probes,
	// by phase; without a number a phase has none.
	Probe      func(context.Context) (probe.Result, error)
	ProbeEvery map[string]int
	// Restarts, when set, returns how often a plugin had to be started again.
	Restarts func() int
	// ClearProgress, when set, removes the display of progress. It is called before
	// something is logged.
	ClearProgress func()
}

// trainer is what an engine does for a policy.
type trainer interface {
	run.State
	Run(context.Context) error
	Restore(checkpoint.Content) error
	EpochsDone() int
}

// Policy carries out a Config on an engine.
type Policy struct {
	Config
	engine trainer
	warned map[string]bool // of a collapse, by phase and branch
}

// New returns the policy of an engine, and sets the engine's OnEpoch.
func New(e *engine.Engine, c Config) *Policy {
	p := &Policy{Config: c, engine: e, warned: map[string]bool{}}
	e.OnEpoch = p.endEpoch
	return p
}

// Train trains to the end. However it ends, what was done is saved, unless numbers stopped
// being finite. An interruption comes back as the context's cause.
func (p *Policy) Train(ctx context.Context) error {
	p.Log.Info().Str("run", p.Run.Dir).Int("restored_epochs", p.engine.EpochsDone()).Msg("training")
	err := p.engine.Run(ctx)
	p.clearProgress()
	if err != nil {
		return p.stop(ctx, err)
	}
	if p.Run.HasCheckpoint() {
		return nil
	}
	return p.save(false) // there was nothing to train: the model is what it began with
}

// endEpoch does what comes after an epoch. An epoch whose score failed or was interrupted
// is done all the same: it is recorded and saved without its score.
func (p *Policy) endEpoch(ctx context.Context, report engine.EpochReport) error {
	p.clearProgress()
	best, failed := p.validate(ctx, &report)
	if failed == nil {
		if err := p.probe(ctx, &report); err != nil && ctx.Err() == nil {
			p.Log.Warn().Str("error", hint.Text(err)).Msg("the features could not be probed")
		}
	}
	p.logEpoch(report)
	p.warnCollapsed(report)
	if err := p.Run.Record(report); err != nil {
		return errors.Join(failed, err)
	}
	if failed != nil && ctx.Err() == nil {
		return failed // stop saves the epoch
	}
	if err := p.save(best); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// stop saves what is done, whatever ended the training, and says how to continue.
func (p *Policy) stop(ctx context.Context, err error) error {
	if errors.Is(err, core.ErrNotFinite) {
		return err // what led there is not worth more than the checkpoint before it
	}
	if failed := p.save(false); failed != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted, and what was done since the last checkpoint could not be saved")
		}
		return fmt.Errorf("%w\n%w", err, failed)
	}
	saved := fmt.Sprintf("saved; continue with: runner exec --resume %s", p.Run.Dir)
	if ctx.Err() != nil {
		p.Log.Warn().Msg("interrupted: " + saved)
		return context.Cause(ctx)
	}
	return hint.With(err, "%s", saved)
}

func (p *Policy) save(best bool) error { return p.Run.Save(p.engine, p.Facts, best) }

func (p *Policy) clearProgress() {
	if p.ClearProgress != nil {
		p.ClearProgress()
	}
}
