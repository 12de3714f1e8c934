package kernel

import (
	"fmt"
	"runtime"
	"sync"

	"montage/core/parallel"
)

// Apply computes y, [N,P,Q,K] = the convolution of x, [N,H,W,C], by f, and the
// epilogue, on all threads. f comes from Pack of the same shape but for N. y must not
// overlap x. The result is the same, bit for bit, as that of ApplySerial, and of any
// division of the frames among calls.
func (c Conv2D) Apply(y, x []float32, f *Filter, e Epilogue) {
	a := c.application(y, x, f, e)
	// Only the division into pieces may follow the number of threads; each piece writes
	// outputs of its own.
	a.threads = runtime.GOMAXPROCS(0)
	parallel.For(f.how.pieces(a), func(i int) {
		// Taken for one piece: pieces run at the same time and must not share scratch.
		s := idle.Get().(*Scratch)
		defer idle.Put(s)
		f.how.compute(s, a, i)
	})
}

// idle keeps the scratch of Apply.
// It needs no bound: the garbage collector may drop what lies unused in a pool.
var idle = sync.Pool{New: func() any { return new(Scratch) }}

// ApplySerial is Apply on the caller's thread, with the caller's scratch. It is for
// use inside parallel.For, where each thread takes some frames through many layers while
// their maps stay in its cache.
func (c Conv2D) ApplySerial(s *Scratch, y, x []float32, f *Filter, e Epilogue) {
	a := c.application(y, x, f, e)
	for i := range f.how.pieces(a) {
		f.how.compute(s, a, i)
	}
}

// application checks the slices, because the loops below may be assembly, which does not,
// and collects what they need.
func (c Conv2D) application(y, x []float32, f *Filter, e Epilogue) application {
	c.checkMaps(y, x)
	n := c.N
	// A filter serves any number of frames, so shapes are compared without N.
	if c.N = 1; c != f.shape {
		panic(fmt.Sprintf("kernel: %+v: the filter was packed for %+v", c, f.shape))
	}
	c.N = n
	if e.Residual != nil {
		check(c, "residual", len(e.Residual), c.pixels()*c.K)
	}
	return application{Filter: f, n: n, threads: 1, y: y, x: x, Epilogue: e}
}

// Scratch is working memory of one thread. The zero value is ready; it grows to what
// the largest convolution needs and keeps that.
type Scratch struct {
	lines        []float32 // padded lines of the map
	planes, sums []float32 // Winograd's transformed tiles, and products
}

// grow returns n floats of undefined content, kept in *s.
func grow(s *[]float32, n int) []float32 {
	if cap(*s) < n {
		*s = allocate(n)
	}
	return (*s)[:n]
}
