package kernel

import (
	"runtime"

	"montage/core/parallel"
)

const (
	// depth is how much of the inner dimension one pass takes: a panel of B of that
	// depth stays in the first-level cache or, with AVX-512, comes from the second fast
	// enough. Less would mean more passes over C. Sums are cut at its multiples,
	// whatever the number of threads.
	depth = 512
	// packed limits the packed part of B, in floats, and so the scratch memory.
	packed = 1 << 21
	// trivial is the number of multiplications below which threads do not pay.
	trivial = 1 << 16
)

// product is C[m,n] (+)= A[m,k] B[k,n]. B is packed into panels of columns, once;
// A is read where it lies if its rows are contiguous, or packed block by block.
type product struct {
	unit    unit
	m, n, k int
	a       rows
	b       columns
	c       []float32
	add     bool
}

// rows is a left operand. block returns a region of it and may use dst, of at least
// (m rounded up to strips) times deep floats, to hold it.
type rows interface {
	block(dst []float32, g region) view
}

// region is rows i to i+m, columns k to k+deep, to be read by strips.
type region struct{ i, m, k, deep, strip int }

// view is a region of A as block wants it: element (r, k) of strip s lies at
// s*strip + r*rs + k*ks.
type view struct {
	data          []float32
	rs, ks, strip int
}

func (g product) run() {
	if g.m == 0 || g.n == 0 {
		return
	}
	// A sum of no terms is zero.
	if g.k == 0 {
		if !g.add {
			clear(g.c[:g.m*g.n])
		}
		return
	}
	g.unit = fastest
	panel := g.unit.panel
	panels := ceilDiv(g.n, panel)
	// Whole passes, as many as packed allows, but at least one.
	span := min(g.k, max(1, packed/(panels*panel*depth))*depth)
	buf := grab(span * panels * panel)
	defer release(buf)
	for k := 0; k < g.k; k += span {
		s := slab{product: g, k0: k, k1: min(g.k, k+span), panels: panels, b: *buf}
		s.pack()
		s.multiply()
	}
}

// slab is a product over part of its inner dimension, k0 to k1.
type slab struct {
	product
	k0, k1 int
	panels int
	b      []float32 // [pass][panel][depth of the pass][columns]
}

// parallel runs tasks on all threads unless the whole product is trivial.
func (s *slab) parallel(n int, f func(int)) {
	if s.m*s.n*(s.k1-s.k0) > trivial {
		parallel.For(n, f)
		return
	}
	for i := range n {
		f(i)
	}
}

// at returns the start of panel j in the pass that begins at k, of the given depth.
func (s *slab) at(k, deep, j int) int { return ((k-s.k0)*s.panels + j*deep) * s.unit.panel }

// pack visits the rows of B that are contiguous some at a time through all panels, as
// they lie in memory, others panel by panel.
func (s *slab) pack() {
	deep, panels := depth, s.panels
	if s.product.b.feature == 1 {
		deep, panels = 2*rowsAtOnce, 1
	}
	cuts := ceilDiv(s.k1-s.k0, deep)
	s.parallel(cuts*panels, func(i int) {
		k, j := s.k0+i%cuts*deep, i/cuts
		for ; k < s.k1 && j < s.panels; j += panels {
			s.packPanel(j, k, min(deep, s.k1-k))
		}
	})
}

// packPanel packs rows k to k+n of panel j; they are in one pass.
func (s *slab) packPanel(j, k, n int) {
	panel, first := s.unit.panel, s.k0+(k-s.k0)/depth*depth
	at := s.at(first, min(depth, s.k1-first), j) + (k-first)*panel
	s.product.b.pack(s.b[at:][:n*panel], k, j*panel, s.product)
}

// multiply divides C into blocks. How does not matter to the result, because every
// element of C is one sum in one order; so the division may follow the threads.
func (s *slab) multiply() {
	m, n := s.division(runtime.GOMAXPROCS(0))
	across := ceilDiv(s.panels, n)
	s.parallel(ceilDiv(s.m, m)*across, func(i int) {
		y, x := i/across*m, i%across*n
		s.block(y, min(m, s.m-y), x, min(x+n, s.panels))
	})
}

// division returns the rows and panels of a block, for blocks as many as threads or
// a multiple. It cuts rows, since A may be packed again for each block in a row,
// unless there are too few.
func (s *slab) division(threads int) (m, n int) {
	down, strip := ceilDiv(s.m, s.unit.height), s.unit.strip
	if ceilDiv(s.m, strip) < 4*threads && s.panels >= threads {
		return ceilUp(ceilDiv(s.m, down), strip), ceilDiv(s.panels, threads)
	}
	return ceilUp(ceilDiv(s.m, ceilUp(down, threads)), strip), s.panels
}

// block computes rows i to i+m of C in panels j0 to j1.
func (s *slab) block(i, m, j0, j1 int) {
	strip, panel := s.unit.strip, s.unit.panel
	buf := grab(ceilUp(m, strip) * depth)
	defer release(buf)
	var offsets [largestStrip]int32
	t := block{unit: s.unit, taps: 1, offsets: offsets[:], ldc: s.n}
	for k := s.k0; k < s.k1; k += depth {
		t.depth = min(depth, s.k1-k)
		a := s.a.block(*buf, region{i, m, k, t.depth, strip})
		for r := range strip {
			offsets[r] = int32(r * a.rs)
		}
		// Passes after the first add to what those before them left in C.
		t.step, t.add = a.ks, s.add || k > 0
		for j := j0; j < j1; j++ {
			size, b := t.depth*panel, s.b[s.at(k, t.depth, j):]
			t.b = b[:size]
			t.width = min(panel, s.n-j*panel)
			// Strips inside, so that the panel of B stays in the first-level cache.
			for r := 0; r < m; r += strip {
				t.a, t.rows = a.data[r/strip*a.strip:], min(strip, m-r)
				t.c = s.c[(i+r)*s.n+j*panel:]
				t.next = following(b[size:], size, r/strip)
				t.run()
			}
		}
	}
}

// following returns what strip i fetches meanwhile of the panel that begins at b, after
// the one in use: four strips do.
func following(b []float32, size, i int) []float32 {
	if i >= 4 || len(b) < size {
		return nil
	}
	return b[i*size/4:]
}
