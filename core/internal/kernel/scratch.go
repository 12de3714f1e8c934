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
// It returns a pointer, because a pool would copy the header of a slice to the heap each time.
func grab(n int) *[]float32 {
	// Bits of n-1, so that a power of two is in its own class.
	class := bits.Len(uint(max(n, 1) - 1))
	if p, ok := scratch[class].Get().(*[]float32); ok {
		*p = (*p)[:n]
		return p
	}
	// The capacity is the whole power of two: by it release finds the class again.
	s := allocate(1 << class)[:n]
	return &s
}

// release gives memory back. The caller must not use it afterwards.
func release(p *[]float32) { scratch[bits.Len(uint(cap(*p)-1))].Put(p) }

// check panics where a caller's slice is too short for the shape it names.
func check(what any, name string, got, want int) {
	if got < want {
		panic(fmt.Sprintf("kernel: %T%+v: %s has %d elements, expected %d", what, what, name, got, want))
	}
}
