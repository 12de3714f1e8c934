package engine

import (
	"context"
	"sync"

	"montage/core"
	"montage/runner/data"
	"montage/runner/input"
)

// stepInput is the input of one step: a batch of every branch of the phase.
type stepInput struct {
	slot    int
	of      map[string]*input.Slot // by branch
	samples int
	err     error
}

// prefetcher prepares the steps of an epoch, one while another computes.
type prefetcher struct {
	ready  chan stepInput
	free   chan int
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// prefetch starts to prepare the rest of the epoch.
func (e *Engine) prefetch(ctx context.Context, phase TrainingPhase) *prefetcher {
	ctx, cancel := context.WithCancel(ctx)
	a := &prefetcher{ready: make(chan stepInput), free: make(chan int, 2), cancel: cancel}
	a.free <- 0
	a.free <- 1
	epoch, first := e.position.Epoch, e.position.Step
	before := e.epochsBefore(e.position.Phase)
	a.done.Go(func() {
		for step := first; step < phase.steps(epoch); step++ {
			p := stepInput{}
			select {
			case p.slot = <-a.free:
			case <-ctx.Done():
				return
			}
			p.err = p.fill(ctx, phase, before, data.DrawPosition{Epoch: epoch, Step: step})
			select {
			case a.ready <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil {
				return
			}
		}
	})
	return a
}

// epochsBefore counts the epochs of earlier phases: a branch of two phases draws anew.
func (e *Engine) epochsBefore(phase int) (epochs int) {
	for _, p := range e.Phases[:phase] {
		epochs += p.Epochs
	}
	return epochs
}

// First returns the batches of a phase's first step, by branch, and the position in
// training that they are drawn for.
func (e *Engine) First(ctx context.Context, phase int) (map[string]*input.Slot, data.DrawPosition, error) {
	p, before := stepInput{}, e.epochsBefore(phase)
	err := p.fill(ctx, e.Phases[phase], before, data.DrawPosition{})
	return p.of, data.DrawPosition{Epoch: before}, err
}

// next waits for the next step's batches.
func (a *prefetcher) next(ctx context.Context) (stepInput, error) {
	select {
	case p := <-a.ready:
		return p, p.err
	case <-ctx.Done():
		return stepInput{}, ctx.Err()
	}
}

// release gives the memory of a step's batches back.
func (a *prefetcher) release(p stepInput) { a.free <- p.slot }

// stop ends the preparation and waits until nothing writes any more.
func (a *prefetcher) stop() {
	a.cancel()
	a.done.Wait()
}

func (p *stepInput) fill(ctx context.Context, phase TrainingPhase, before int, at data.DrawPosition) error {
	p.of = map[string]*input.Slot{}
	draw := data.DrawPosition{Epoch: before + at.Epoch, Step: at.Step}
	for _, in := range phase.Inputs {
		branch, slot := in.Branch.Name, in.Slots[p.slot]
		step := phase.context(branch, at)
		ctx := core.WithCallSite(ctx, core.CallSite{Phase: phase.Name, Branch: branch, Step: int(step.Step)})
		if err := in.Fill(ctx, draw, step, slot); err != nil {
			return &StepError{Branch: branch, Samples: slot.Samples, Err: err}
		}
		p.of[branch] = slot
		p.samples += len(slot.Samples)
	}
	return nil
}

// context describes a step to a strategy.
func (p TrainingPhase) context(branch string, at data.DrawPosition) core.StepContext {
	step := at.Epoch*p.Steps + at.Step
	return core.StepContext{Branch: branch, Step: int64(step), Progress: float64(step) / float64(max(p.Total(), 1))}
}

// frames counts what the step trains on.
func (p *stepInput) frames() (n int) {
	for _, batch := range p.of {
		if !batch.Empty() {
			n += batch.WithGradient.N()
		}
	}
	return n
}
