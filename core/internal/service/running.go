package service

import (
	"context"
	"sync"
)

// calls are those that compute, by their numbers, which the runner counts upwards. The
// zero value is ready: the maps are made when first written.
type calls struct {
	mu      sync.Mutex // guards what follows
	running map[uint64]context.CancelFunc
	early   map[uint64]bool // cancelled before they began
	ended   uint64          // the highest number of those that ended
}

// begin returns the context of a call, and the function that ends the call.
func (c *calls) begin(ctx context.Context, id uint64) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	// The call begins all the same, with a context that has ended, so that it is answered
	// in the usual way.
	if c.early[id] {
		delete(c.early, id)
		cancel()
	}
	if c.running == nil {
		c.running = map[uint64]context.CancelFunc{}
	}
	c.running[id] = cancel
	return ctx, func() { c.end(id); cancel() }
}

// end forgets a call. Its number stays behind in ended.
func (c *calls) end(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, id)
	c.ended = max(c.ended, id)
}

// cancel ends the context of a call. A cancel may overtake its call, and is kept for
// it; one that comes after its call has ended is forgotten.
//
// A call that begins only after a later one ended and after its own cancel is missed.
// The runner then ends the process, as it does with all that does not obey.
func (c *calls) cancel(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel, ok := c.running[id]; ok {
		cancel()
		return
	}
	// Otherwise every late cancel would stay in early for ever.
	if id <= c.ended {
		return
	}
	if c.early == nil {
		c.early = map[uint64]bool{}
	}
	c.early[id] = true
}
