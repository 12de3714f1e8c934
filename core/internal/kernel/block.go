package kernel

import "montage/core/internal/kernel/internal/avx"

// block computes C[rows,width] = A B for up to a strip of rows, then adds to it.
//
// A row of A is taps runs of depth elements. Offsets says where they begin, so that
// the rows of a convolution are read from the map where they lie.
type block struct {
	unit
	rows, width       int
	taps, depth, step int     // step is the distance of elements in a run
	offsets           []int32 // [taps][strip]: beginnings in a; negative: of zeros
	a, zeros          []float32
	b                 []float32 // [panels][taps*depth][panel]
	c                 []float32 // element (r, j) at r*ldc + j
	ldc               int
	bias              []float32 // a whole number of panels, or nil
	residual          []float32 // lies like c, may be c; or nil
	next              []float32 // what is read after this block; or nil
	relu, add         bool      // add: to C instead of overwriting it
}

// run computes the whole panels in place and a rest by way of a panel of its own.
func (t *block) run() {
	whole := t.width / t.panel
	if whole > 0 {
		t.compute(whole)
	}
	if at := whole * t.panel; at < t.width {
		t.edge(at)
	}
}

// compute dispatches to assembly where there is some. The slices are indexed at
// their last element first, because assembly would not notice that one is too short.
func (t *block) compute(panels int) {
	last := (t.rows-1)*t.ldc + panels*t.panel - 1
	_, _, _ = t.b[panels*t.panel*t.taps*t.depth-1], t.c[last], t.offsets[t.taps*t.strip-1]
	if t.residual != nil {
		_ = t.residual[last]
	}
	if t.bias != nil {
		_ = t.bias[panels*t.panel-1]
	}
	if !t.assembly() {
		t.plain(panels)
		return
	}
	avx.Multiply(t.level, t.rows, &avx.Block{
		Taps: t.taps, Depth: t.depth, Step: 4 * t.step,
		Offsets: &t.offsets[0], A: &t.a[0], Zeros: first(t.zeros), B: &t.b[0],
		C: &t.c[0], Ldc: 4 * t.ldc, Bias: first(t.bias), Residual: first(t.residual), Next: t.ahead(),
		ReLU: flag(t.relu), Add: flag(t.add), Panels: panels,
	})
}

// ahead returns what to fetch meanwhile. An address is needed in any case: b, which
// is there already.
func (t *block) ahead() *float32 {
	if len(t.next) == 0 {
		return &t.b[0]
	}
	return &t.next[0]
}

// first returns the address of s, nil of an empty slice, where &s[0] would panic.
func first(s []float32) *float32 {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}

// flag returns b as the assembly reads it: all its fields are words.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// edge computes the columns from at on, less than a panel. It gives them a panel of their
// own, because whole panels are written, and in C that would reach into the next row.
func (t *block) edge(at int) {
	// Columns beyond width are computed from the zeros that pad B, and not copied back.
	var c, residual [largestStrip * largestPanel]float32
	u, width := *t, t.width-at
	u.c, u.ldc = c[:], t.panel
	u.b = t.b[at*t.taps*t.depth:]
	if t.bias != nil {
		// This is long enough: bias holds a whole number of panels.
		u.bias = t.bias[at:]
	}
	for r := range t.rows {
		if t.add {
			copy(c[r*t.panel:][:width], t.c[r*t.ldc+at:])
		}
		if t.residual != nil {
			copy(residual[r*t.panel:][:width], t.residual[r*t.ldc+at:])
			u.residual = residual[:]
		}
	}
	u.compute(1)
	for r := range t.rows {
		copy(t.c[r*t.ldc+at:][:width], c[r*t.panel:])
	}
}

// plain is the same in Go, where there is no assembly for the processor.
func (t *block) plain(panels int) {
	for p := range panels {
		for r := range t.rows {
			for j := 0; j < t.panel; j += 8 {
				t.octet(r, p, j)
			}
		}
	}
}

// octet computes eight columns of a row: as many sums as stay in registers.
func (t *block) octet(r, p, j int) {
	var s [8]float32
	b := t.b[p*t.taps*t.depth*t.panel+j:]
	for tap := range t.taps {
		a := t.zeros
		if at := t.offsets[tap*t.strip+r]; at >= 0 {
			a = t.a[at:]
		}
		t.dot(&s, a, b[tap*t.depth*t.panel:])
	}
	at := p*t.panel + j
	c := (*[8]float32)(t.c[r*t.ldc+at:])
	for i, v := range s {
		if t.add {
			v += c[i]
		}
		if t.bias != nil {
			v += t.bias[at+i]
		}
		if t.residual != nil {
			v += t.residual[r*t.ldc+at+i]
		}
		// NaN is not less than 0 and stays NaN, as in the assembly.
		if t.relu && v < 0 {
			v = 0
		}
		c[i] = v
	}
}

// dot adds a run of A times eight columns of B to s. The compiler keeps variables in
// registers, but not the elements of an array; hence eight of them.
func (t *block) dot(s *[8]float32, a, b []float32) {
	s0, s1, s2, s3, s4, s5, s6, s7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	for k := range t.depth {
		// A pointer to an array costs one check of bounds for eight elements.
		v, p := a[k*t.step], (*[8]float32)(b[k*t.panel:])
		s0 += v * p[0]
		s1 += v * p[1]
		s2 += v * p[2]
		s3 += v * p[3]
		s4 += v * p[4]
		s5 += v * p[5]
		s6 += v * p[6]
		s7 += v * p[7]
	}
	*s = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
}
