package bench

import (
	"context"
	"errors"
	"time"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/predict"
)

// Work is what is measured. Run reports every step and works until the context ends.
type Work interface {
	Run(ctx context.Context, l Listener) error
}

// Listener holds functions that are called at the steps of a work. Each step waits for them.
type Listener struct {
	// Step is called after every step, with the number of its frames.
	Step func(frames int)
	// Took is called with the time of each part of a step that is the runner's own.
	Took func(part string, took time.Duration)
}

// Training measures training steps.
type Training struct{ Engine *engine.Engine }

// Run trains. It is an error if training ends before enough was measured.
func (t Training) Run(ctx context.Context, l Listener) error {
	t.Engine.OnTime = l.Took
	t.Engine.OnStep = func(r engine.StepReport) { l.Step(r.Frames) }
	if err := t.Engine.Run(ctx); err != nil {
		return err
	}
	return hint.With(errors.New("training ended before enough was measured"), "-s phase.%s.epochs=1000000",
		t.Engine.Phases[0].Name)
}

// Evaluation measures the scoring of a data set; a step is one batch. It begins
// again at the end.
type Evaluation struct {
	Predictor *predict.Predictor
	Set       *data.Dataset
}

// Run scores.
func (e Evaluation) Run(ctx context.Context, l Listener) error {
	for ctx.Err() == nil {
		scored := 0
		_, err := e.Predictor.Run(ctx, e.Set, func(done, _ int) {
			frames := 0
			for _, t := range e.Set.Samples[scored:done] {
				frames += min(len(t.Frames), e.Predictor.Frames)
			}
			scored = done
			l.Step(frames)
		})
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
