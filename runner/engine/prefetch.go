package engine

import (
	"context"
	"sync"

	"montage/core"
	"montage/runner/data"
	"montage/runner/input"
)

// prepared is the input of one step: an item of every branch of the phase.
type prepared struct {
	slot    int
	items   map[string]*input.Slot
	samples int
	err     error
}

// ahead prepares the steps of an epoch, one while another computes.
type ahead struct {
	ready  chan prepared
	free   chan int
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// prefetch starts to prepare the rest of the epoch.
func (e *Engine) prefetch(ctx context.Context, phase TrainingPhase) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{ready: make(chan prepared), free: make(chan int, 2), cancel: cancel}
	a.free <- 0
	a.free <- 1
	epoch, first := e.position.Epoch, e.position.Step
	before := e.before(e.position.Phase)
	a.done.Go(func() {
		for step := first; step < phase.steps(epoch); step++ {
			p := prepared{}
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

// before counts the epochs of earlier phases: a branch of two phases draws anew.
func (e *Engine) before(phase int) (epochs int) {
	for _, p := range e.Phases[:phase] {
		epochs += p.Epochs
	}
	return epochs
}

// First prepares the batches that a phase begins with, by branch, as its first step
// would have them. at is the place in training that they are drawn for.
func (e *Engine) First(ctx context.Context, phase int) (batches map[string]*input.Slot, at data.DrawPosition,
	err error) {
	p := prepared{}
	err = p.fill(ctx, e.Phases[phase], e.before(phase), data.DrawPosition{})
	return p.items, data.DrawPosition{Epoch: e.before(phase)}, err
}

// next waits for the next step's batch.
func (a *ahead) next(ctx context.Context) (prepared, error) {
	select {
	case p := <-a.ready:
		return p, p.err
	case <-ctx.Done():
		return prepared{}, ctx.Err()
	}
}

// release gives the memory of a batch back.
func (a *ahead) release(p prepared) { a.free <- p.slot }

// stop ends the preparation and waits until nothing writes any more.
func (a *ahead) stop() {
	a.cancel()
	a.done.Wait()
}

func (p *prepared) fill(ctx context.Context, phase TrainingPhase, before int, at data.DrawPosition) error {
	p.items = map[string]*input.Slot{}
	for _, g := range phase.Optimizers {
		for _, b := range g.Branches {
			slot := b.Slots[p.slot]
			draw := data.DrawPosition{Epoch: before + at.Epoch, Step: at.Step}
			moment := phase.moment(b.Name, at)
			ctx := core.WithCallSite(ctx, core.CallSite{Phase: phase.Name, Branch: b.Name, Step: int(moment.Step)})
			if err := b.Feed.Fill(ctx, draw, moment, slot); err != nil {
				return &StepError{Branch: b.Name, Samples: slot.Samples, Err: err}
			}
			p.items[b.Name] = slot
			p.samples += len(slot.Samples)
		}
	}
	return nil
}

func (p TrainingPhase) moment(branch string, at data.DrawPosition) core.StepContext {
	step := at.Epoch*p.Steps + at.Step
	return core.StepContext{Branch: branch, Step: int64(step), Progress: float64(step) / float64(max(p.Total(), 1))}
}

// frames counts what the step trains on.
func (p *prepared) frames() (n int) {
	for _, item := range p.items {
		if !item.Empty() {
			n += item.Gradient.N()
		}
	}
	return n
}
