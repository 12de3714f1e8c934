package kernel

import (
	"fmt"
	"testing"
)

// Around the edges of squares (8), strips (6, 12), panels (16, 32) and rows at once.
var copiedLines = []struct{ n, width, gap int }{
	{1, 1, 0}, {1, 6, 3}, {7, 12, 0}, {8, 8, 1}, {9, 16, 5}, {16, 7, 0}, {17, 32, 2}, {40, 33, 0}, {3, 64, 9},
}

// Nothing but the place of a number changes, and nothing is written beside it.
func TestLinesAreCopiedAndTurned(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for _, g := range copiedLines {
			src := random(1, g.n*(g.width+g.gap))
			l := lines{src[:len(src)-g.gap], g.width + g.gap, g.n, g.width}
			for _, more := range []int{0, 3} {
				copied := filled(g.n*(g.width+more) + 1)
				l.to(copied, g.width+more)
				same(t, fmt.Sprintf("%+v copied", g), copied, func(i int) (float32, bool) {
					r, c := i/(g.width+more), i%(g.width+more)
					return at(src, r*l.ld+c), r < g.n && c < g.width
				})
				turned := filled(g.width*(g.n+more) + 1)
				l.turn(turned, g.n+more)
				same(t, fmt.Sprintf("%+v turned", g), turned, func(i int) (float32, bool) {
					r, c := i%(g.n+more), i/(g.n+more)
					return at(src, r*l.ld+c), r < g.n && c < g.width
				})
			}
		}
	})
}

func at(s []float32, i int) float32 { return s[min(i, len(s)-1)] }

// same demands the numbers that want returns, and where it returns none NaN as before.
func same(t *testing.T, what string, got []float32, want func(i int) (float32, bool)) {
	t.Helper()
	for i, v := range got {
		if w, written := want(i); written != (v == v) || written && v != w {
			t.Fatalf("%s: element %d is %v, expected %v, written: %v", what, i, v, w, written)
		}
	}
}

func TestShortLinesAreRefused(t *testing.T) {
	bothPaths(t, func(t *testing.T) {
		for name, f := range map[string]func(){
			"source": func() { lines{make([]float32, 8*32-1), 32, 8, 32}.to(make([]float32, 8*32), 32) },
			"copy":   func() { lines{make([]float32, 8*32), 32, 8, 32}.to(make([]float32, 8*32-1), 32) },
			"turned": func() { lines{make([]float32, 8*32), 32, 8, 32}.turn(make([]float32, 8*32-1), 8) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("a short %s is accepted", name)
					}
				}()
				f()
			}()
		}
	})
}
