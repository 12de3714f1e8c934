package parallel

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

func TestForRunsEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		seen := make([]atomic.Int32, n)
		For(n, func(i int) { seen[i].Add(1) })
		for i := range seen {
			if got := seen[i].Load(); got != 1 {
				t.Fatalf("index %d of %d ran %d times", i, n, got)
			}
		}
	}
}

func TestForRaisesPanicInCaller(t *testing.T) {
	for _, procs := range []int{1, 4} {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			defer func() {
				if got := recover(); got != "at 3" {
					t.Errorf("%d threads: recovered %v, expected the panic of index 3", procs, got)
				}
			}()
			For(8, func(i int) {
				if i == 3 {
					panic(fmt.Sprint("at ", i))
				}
			})
			t.Error("no panic")
		}()
	}
}

func TestChunksCoverAll(t *testing.T) {
	for _, c := range []struct {
		n, size int
		want    []int // elements of each range
	}{{0, 4, []int{}}, {3, 4, []int{3}}, {4, 4, []int{4}}, {9, 4, []int{4, 4, 1}}} {
		ranges := make([]int, (c.n+c.size-1)/c.size)
		Chunks(c.n, c.size, func(from, to int) { ranges[from/c.size] = to - from })
		if !slices.Equal(ranges, c.want) {
			t.Errorf("%d in chunks of %d: %v, want %v", c.n, c.size, ranges, c.want)
		}
	}
}
