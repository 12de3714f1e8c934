package optim

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// chunk is the stretch of a parameter that one thread takes at a time: 64 KiB of
// each of four arrays, small enough for a second-level cache.
const chunk = 16384

// inChunks calls work for consecutive stretches of [0, n), on all threads.
func inChunks(n int, work func(from, to int)) {
	threads := min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk)
	if threads <= 1 {
		work(0, n)
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			for {
				from := int(next.Add(chunk)) - chunk
				if from >= n {
					return
				}
				work(from, min(from+chunk, n))
			}
		})
	}
	all.Wait()
}
