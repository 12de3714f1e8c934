package parallel

import "sync"

// Counter shows how many pieces of work are done. Goroutines may share one.
type Counter struct {
	Total int
	// Show, when set, is called after each piece, by one goroutine at a time.
	Show func(done, total int)

	lock sync.Mutex
	done int
}

// Add counts one piece of work more.
func (c *Counter) Add() {
	if c.Show == nil {
		return
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.done++
	c.Show(c.done, c.Total)
}
