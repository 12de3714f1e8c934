// Package parallel runs independent pieces of work on all processor cores.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// For runs f(0) to f(n-1) on at most GOMAXPROCS goroutines, the caller's
// among them, and returns when all are done. Which goroutine runs which index is
// open, so each index must write an output of its own. A panic in f is raised
// again in the caller, after the other goroutines have stopped taking indices.
func For(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	// The caller works too: one goroutine less to start.
	c := crew{n: int64(n), f: f}
	c.wait.Add(workers - 1)
	for range workers - 1 {
		go func() {
			defer c.wait.Done()
			c.work()
		}()
	}
	c.work()
	// work recovers the panics of the caller as well, so this line is always reached and no
	// goroutine outlives the call.
	c.wait.Wait()
	if p := c.failure.Load(); p != nil {
		panic(*p)
	}
}

// crew is one call of For.
type crew struct {
	n       int64
	f       func(int)
	next    atomic.Int64
	wait    sync.WaitGroup
	failure atomic.Pointer[any]
}

// work takes indices until none is left.
func (c *crew) work() {
	defer func() {
		if p := recover(); p != nil {
			// The first panic is kept. With next at n, the others find no index after their current one.
			c.failure.CompareAndSwap(nil, &p)
			c.next.Store(c.n)
		}
	}()
	for {
		// Indices are handed out one by one, so a slow one does not hold up a fixed share.
		i := c.next.Add(1) - 1
		if i >= c.n {
			return
		}
		c.f(int(i))
	}
}

// Chunks cuts 0 to n into ranges of size elements, the last one shorter, and runs f
// on each as For does. The ranges do not depend on the number of goroutines, so sums
// over a range don't either. n elements that fit one range run in the caller.
func Chunks(n, size int, f func(from, to int)) {
	For((n+size-1)/size, func(i int) { f(i*size, min(n, (i+1)*size)) })
}
