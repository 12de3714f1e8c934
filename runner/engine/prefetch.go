package engine

import (
	"context"
	"sync"

	"montage/core"
	"montage/core/wire"
	"montage/runner/data"
	"montage/runner/feed"
)

// prepared is the input of one step: an item of every branch of the phase.
type prepared struct {
	slot     int
	items    map[string]*feed.Slot
	trailers int
	err      error
}

// ahead prepares the steps of an epoch, one while another computes.
type ahead struct {
	ready  chan prepared
	free   chan int
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// prefetch starts to prepare the rest of the epoch.
func (e *Engine) prefetch(ctx context.Context, phase Phase) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{ready: make(chan prepared), free: make(chan int, 2), cancel: cancel}
	a.free <- 0
	a.free <- 1
	epoch, first := e.place.Epoch, e.place.Step
	before := e.before(e.place.Phase)
	a.done.Go(func() {
		for step := first; step < phase.steps(epoch); step++ {
			p := prepared{}
			select {
			case p.slot = <-a.free:
			case <-ctx.Done():
				return
			}
			p.err = p.fill(ctx, phase, before, data.Place{Epoch: epoch, Step: step})
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
func (e *Engine) First(ctx context.Context, phase int) (batches map[string]*feed.Slot, at data.Place, err error) {
	p := prepared{}
	err = p.fill(ctx, e.Phases[phase], e.before(phase), data.Place{})
	return p.items, data.Place{Epoch: e.before(phase)}, err
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

func (p *prepared) fill(ctx context.Context, phase Phase, before int, at data.Place) error {
	p.items = map[string]*feed.Slot{}
	for _, g := range phase.Groups {
		for _, b := range g.Branches {
			slot := b.Slots[p.slot]
			draw := data.Place{Epoch: before + at.Epoch, Step: at.Step}
			moment := phase.moment(b.Name, at)
			ctx := wire.At(ctx, wire.Place{Phase: phase.Name, Branch: b.Name, Step: int(moment.Step)})
			if err := b.Feed.Fill(ctx, draw, moment, slot); err != nil {
				return &StepError{Branch: b.Name, Trailers: slot.Trailers, Err: err}
			}
			p.items[b.Name] = slot
			p.trailers += len(slot.Trailers)
		}
	}
	return nil
}

func (p Phase) moment(branch string, at data.Place) core.Moment {
	step := at.Epoch*p.Steps + at.Step
	return core.Moment{Branch: branch, Step: int64(step), Progress: float64(step) / float64(max(p.Total(), 1))}
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
