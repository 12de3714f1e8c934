package kernel

import (
	"fmt"
	"math/bits"
	"sync"
)

// scratch keeps working memory for reuse, a pool for each power of two, so that a
// training step allocates next to nothing once it has run.
var scratch [bits.UintSize]sync.Pool

// grab borrows n floats of undefined content; they go back with release.
func grab(n int) *[]float32 {
	class := bits.Len(uint(max(n, 1) - 1))
	if p, ok := scratch[class].Get().(*[]float32); ok {
		*p = (*p)[:n]
		return p
	}
	s := allocate(1 << class)[:n]
	return &s
}

func release(p *[]float32) { scratch[bits.Len(uint(cap(*p)-1))].Put(p) }

// check panics where a caller's slice is too short for the shape it names.
func check(what any, name string, got, want int) {
	if got < want {
		panic(fmt.Sprintf("kernel: %T%+v: %s has %d elements, expected %d", what, what, name, got, want))
	}
}
