package kernel

import "montage/core/parallel"

// direct computes a convolution as one product whose rows of A are read from the map
// where they lie.
type direct struct {
	taps, depth int       // runs of contiguous elements under the filter
	weights     []float32 // panels
	panels      int       // taken at once
	table       []int32   // [strips][taps][strip]: where the runs of each row begin
	rows        int       // output pixels the table covers
	frames      int       // or frames; 0: part of a frame
	each        int       // rows of a strip
	lines       int       // output lines the table covers where lines are copied
	pixels      int       // of the output map
}

const (
	// narrow is the number of channels below which all taps in a row of the filter
	// are read as one run, from lines copied with their padding.
	narrow = 16
	// cached is how many floats of weights are used over and over while rows pass by.
	cached = 1 << 18
	// pieceRows is about how many output pixels are computed as one piece.
	pieceRows = 192
	// copiedRows is the same where lines are copied. Neighbours overlap, so more.
	copiedRows = 3072
)

func (c Conv2D) direct(u unit, w []float32) method {
	d := direct{taps: c.R * c.S, depth: c.C}
	if c.copied() {
		d.taps, d.depth = c.R, c.S*c.C
	}
	d.weights = packAll(u, c.filter(w), d.taps*d.depth, c.K)
	d.panels = max(1, cached/(d.taps*d.depth*u.panel))
	p, q := c.Out()
	d.pixels = p * q
	switch {
	case c.pointwise():
		d.rows, d.each = pieceRows, u.even(pieceRows)
		d.table = make([]int32, u.strip)
		for r := range u.strip {
			d.table[r] = int32(r * c.C)
		}
		return pointwise{d}
	case c.copied():
		d.lines = min(p, ceilDiv(copiedRows, q))
		d.rows = d.lines * q
		d.each = u.even(d.rows)
		d.table = d.tabulate(u, func(row, tap int) int32 {
			return int32((row/q*c.Stride+tap)*(c.W+2*c.Pad)*c.C + row%q*c.Stride*c.C)
		})
		return copied{d}
	}
	// Frames of few pixels share a table, which covers at least half a piece.
	d.frames = ceilDiv(pieceRows/2, p*q)
	d.rows = d.frames * p * q
	d.each = u.even(d.rows)
	d.table = d.tabulate(u, c.offset)
	return gathered{d}
}

// copied reports whether lines are copied with their padding.
func (c Conv2D) copied() bool { return c.C < narrow && c.S > 1 }

// offset returns where the input under a tap lies, for an output pixel counted over
// frames, -1 outside the map.
func (c Conv2D) offset(row, tap int) int32 {
	p, q := c.Out()
	y := row/q%p*c.Stride - c.Pad + tap/c.S
	x := row%q*c.Stride - c.Pad + tap%c.S
	if y < 0 || x < 0 || y >= c.H || x >= c.W {
		return -1
	}
	return int32(((row/(p*q)*c.H+y)*c.W + x) * c.C)
}

// tabulate makes the table of rows. Rows past the end, which fill the last strip,
// repeat the last.
func (d direct) tabulate(u unit, offset func(row, tap int) int32) []int32 {
	var table []int32
	for row := 0; row < d.rows; row += d.each {
		for tap := range d.taps {
			for r := range u.strip {
				table = append(table, offset(min(row+r, d.rows-1), tap))
			}
		}
	}
	return table
}

// packAll packs a right operand [k,n] as whole panels.
func packAll(u unit, w columns, k, n int) []float32 {
	panels := ceilDiv(n, u.panel)
	dst, size := allocate(panels*k*u.panel), k*u.panel
	parallel.For(panels, func(j int) {
		w.pack(dst[j*size:][:size], 0, j*u.panel, product{unit: u, n: n})
	})
	return dst
}

// span is a run of output pixels and where their inputs lie.
type span struct {
	first, rows int       // output pixels
	a           []float32 // what offsets count from
	offsets     []int32
	move, skip  int // of a and of offsets from strip to strip
}

// multiply computes a span, some panels of the weights at a time.
func (d direct) multiply(a application, s span) {
	k := a.shape.K
	t := block{
		unit: a.unit, taps: d.taps, depth: d.depth, step: 1,
		zeros: a.zeros, ldc: k, relu: a.ReLU,
	}
	wide := d.panels * a.unit.panel
	// These panels stay in the cache while all rows pass by. The other way around the
	// weights would come from memory for every strip.
	for j := 0; j < k; j += wide {
		t.b, t.bias, t.width = d.weights[j*d.taps*d.depth:], a.bias[j:], min(wide, k-j)
		for i, r := 0, 0; r < s.rows; i, r = i+1, r+d.each {
			t.rows = min(d.each, s.rows-r)
			t.a, t.offsets = s.a[i*s.move:], s.offsets[i*s.skip:]
			at := (s.first+r)*k + j
			t.c = a.y[at:]
			if a.Residual != nil {
				t.residual = a.Residual[at:]
			}
			t.next = s.ahead((i + 1) * s.move)
			t.run()
		}
	}
}

// ahead returns what comes after a strip, nothing where an offset table says so.
func (s span) ahead(at int) []float32 {
	if s.move == 0 || at >= len(s.a) {
		return nil
	}
	return s.a[at:]
}

// pointwise is the method of 1x1 filters: rows of A are rows of the map.
type pointwise struct{ direct }

func (d pointwise) pieces(a application) int { return ceilDiv(a.n*d.pixels, d.rows) }

func (d pointwise) compute(_ *Scratch, a application, piece int) {
	first := piece * d.rows
	d.multiply(a, span{
		first: first, rows: min(d.rows, a.n*d.pixels-first),
		a: a.x[first*a.shape.C:], offsets: d.table, move: d.each * a.shape.C,
	})
}

// gathered is the method of filters over many channels: the table leads to each tap.
type gathered struct{ direct }

// strips returns how many strips are computed as one piece.
func (d gathered) strips() int { return ceilDiv(pieceRows, d.each) }

// perTable returns the number of pieces that use one table.
func (d gathered) perTable() int { return ceilDiv(ceilDiv(d.rows, d.each), d.strips()) }

func (d gathered) pieces(a application) int { return ceilDiv(a.n, d.frames) * d.perTable() }

func (d gathered) compute(_ *Scratch, a application, piece int) {
	frame, strip := piece/d.perTable()*d.frames, piece%d.perTable()*d.strips()
	row, out := strip*d.each, d.pixels
	// The last table may reach past the last frame. Pieces beyond it have no rows, and
	// multiply does nothing.
	frames := min(d.frames, a.n-frame)
	skip := d.taps * a.unit.strip
	d.multiply(a, span{
		first: frame*out + row, rows: min(d.strips()*d.each, frames*out-row),
		a: a.x[frame*a.shape.H*a.shape.W*a.shape.C:], offsets: d.table[strip*skip:], skip: skip,
	})
}

// copied is the method of filters over few channels, of an image say.
type copied struct{ direct }

func (d copied) perFrame() int { return ceilDiv(d.pixels, d.rows) }

func (d copied) pieces(a application) int { return a.n * d.perFrame() }

func (d copied) compute(s *Scratch, a application, piece int) {
	c := a.shape
	p, q := c.Out()
	frame, first := piece/d.perFrame(), piece%d.perFrame()*d.lines
	lines := min(d.lines, p-first)
	d.multiply(a, span{
		first: (frame*p + first) * q, rows: lines * q,
		a:       d.padded(s, a, frame, first*c.Stride-c.Pad, (lines-1)*c.Stride+c.R),
		offsets: d.table, skip: d.taps * a.unit.strip,
	})
}

// padded copies n lines of a frame, from line top, with zeros around the map.
func (d copied) padded(s *Scratch, a application, frame, top, n int) []float32 {
	c := a.shape
	width := (c.W + 2*c.Pad) * c.C
	// Old content: every float is written below.
	dst := grow(&s.lines, n*width)
	for i := range n {
		line, y := dst[i*width:][:width], top+i
		if y < 0 || y >= c.H {
			clear(line)
			continue
		}
		clip(line, a.x[(frame*c.H+y)*c.W*c.C:][:c.W*c.C], -c.Pad*c.C)
	}
	return dst
}
