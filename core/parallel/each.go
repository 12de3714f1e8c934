package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls work(0) to work(n-1), on at most GOMAXPROCS goroutines, and returns
// when all have ended. It stops handing out work after the first error or when ctx
// is done; what was handed out ends before Each returns. Of several errors it
// returns the one with the lowest index, whatever the number of goroutines.
func Each(ctx context.Context, n int, work func(i int) error) error {
	return Limited(ctx, n, runtime.GOMAXPROCS(0), work)
}

// Limited is Each on at most limit goroutines.
func Limited(ctx context.Context, n, limit int, work func(i int) error) error {
	var next atomic.Int64
	var failed atomic.Bool
	// Each goroutine has an element of its own, so no lock is needed; Wait orders the writes
	// before the reads.
	errs := make([]error, min(n, limit))
	at := make([]int, len(errs))
	var group sync.WaitGroup
	for w := range errs {
		group.Go(func() {
			for !failed.Load() && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(i); err != nil {
					// The loop ends after this, so there is at most one error for each goroutine.
					errs[w], at[w] = err, i
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
	if err := lowest(errs, at); err != nil {
		return err
	}
	// Also where all work had been done before ctx was.
	return ctx.Err()
}

// lowest returns the error of the lowest index. Work is handed out in order, so all
// work below a failing index has been run: the lowest here is the lowest there is.
func lowest(errs []error, at []int) error {
	var first error
	index := 0
	for w, err := range errs {
		if err != nil && (first == nil || at[w] < index) {
			first, index = err, at[w]
		}
	}
	return first
}
