package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

func TestEachRunsAllOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var running, most atomic.Int64
	counts := make([]atomic.Int64, 100)
	err := Each(context.Background(), len(counts), func(i int) error {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		counts[i].Add(1)
		runtime.Gosched()
		running.Add(-1)
		return nil
	})
	if err != nil || most.Load() > 3 {
		t.Errorf("error %v, %d at once", err, most.Load())
	}
	for i := range counts {
		if n := counts[i].Load(); n != 1 {
			t.Errorf("work %d ran %d times", i, n)
		}
	}
	most.Store(0)
	err = Limited(context.Background(), len(counts), 2, func(int) error {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		runtime.Gosched()
		running.Add(-1)
		return nil
	})
	if err != nil || most.Load() > 2 {
		t.Errorf("error %v, %d at once of 2", err, most.Load())
	}
	if err := Each(context.Background(), 0, nil); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}

func TestEachReturnsTheLowestError(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for range 200 {
		err := Each(context.Background(), 50, func(i int) error {
			if i < 5 {
				runtime.Gosched()
				return nil
			}
			return fmt.Errorf("work %d", i)
		})
		if err == nil || err.Error() != "work 5" {
			t.Fatalf("error %v, want that of work 5", err)
		}
	}
}

func TestEachStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ran := 0
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	err := Each(ctx, 10, func(int) error {
		ran++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || ran != 1 {
		t.Errorf("error %v after %d", err, ran)
	}
}
