package kernel

// dense is a left operand whose rows are contiguous: it is used where it lies.
type dense struct {
	data []float32
	ld   int
}

func (d dense) block(_ []float32, g region) view {
	return view{data: d.data[g.i*d.ld+g.k:], rs: d.ld, ks: 1, strip: g.strip * d.ld}
}

// transposed is a left operand whose columns are contiguous.
type transposed struct {
	data []float32
	ld   int
}

func (d transposed) block(dst []float32, g region) view {
	return packStrips(dst, d.data[g.k*d.ld+g.i:], d.ld, g)
}

// packStrips copies g.m columns of src, [g.deep rows of ld], strip by strip as [deep][strip].
// A strip of the source would be read at strides of whole rows, often powers of
// two that fall on a few lines of the cache; the copy is read in sequence.
func packStrips(dst, src []float32, ld int, g region) view {
	for k := 0; k < g.deep; k += rowsAtOnce {
		n := min(rowsAtOnce, g.deep-k)
		for i := 0; i < g.m; i += g.strip {
			from := lines{src[k*ld+i:], ld, n, min(g.strip, g.m-i)}
			from.to(dst[i*g.deep+k*g.strip:], g.strip)
		}
	}
	return view{data: dst, rs: 1, ks: g.strip, strip: g.strip * g.deep}
}

// columns is a right operand: element (k, j) where k counts taps and, within a
// tap, channels. A plain matrix has one tap. Weights of any layout are columns
// with the right strides.
type columns struct {
	data             []float32
	origin           int // where element (0, 0) lies
	channels         int // inner indices of one tap
	across           int // taps in a row of the filter
	down, right      int // stride from a tap to the one below, and to its right
	channel, feature int // strides of the inner index and of j
}

// matrix is the plain right operand: element (k, j) at k*channel + j*feature.
func matrix(data []float32, k, channel, feature int) columns {
	return columns{data: data, channels: max(k, 1), across: 1, channel: channel, feature: feature}
}

// pack writes columns from j as one panel of depth len(dst)/panel from k, columns from
// n on as zeros.
func (w columns) pack(dst []float32, k, j int, g product) {
	panel, width := g.unit.panel, min(g.unit.panel, g.n-j)
	if width < panel {
		clear(dst)
	}
	for len(dst) > 0 {
		tap, c := k/w.channels, k%w.channels
		n := min(w.channels-c, len(dst)/panel)
		from := w.origin + tap/w.across*w.down + tap%w.across*w.right + c*w.channel + j*w.feature
		w.packTap(dst[:n*panel], from, width, panel)
		dst, k = dst[n*panel:], k+n
	}
}

func (w columns) packTap(dst []float32, from, width, panel int) {
	data, n := w.data[from:], len(dst)/panel
	switch {
	case w.feature == 1:
		lines{data, w.channel, n, width}.to(dst, panel)
	case w.channel == 1:
		lines{data, w.feature, width, n}.turn(dst, panel)
	case w.channel > w.feature: // row by row, as they lie in memory
		for k := range n {
			row, from := dst[k*panel:][:width], data[k*w.channel:]
			for j := range row {
				row[j] = from[j*w.feature]
			}
		}
	default:
		w.packApart(dst, from, width, panel)
	}
}

// packApart visits four columns at once: a quarter of the visits to each line of dst.
func (w columns) packApart(dst []float32, from, width, panel int) {
	j := 0
	for ; j+4 <= width; j += 4 {
		at, f := from+j*w.feature, w.feature
		for k := j; k < len(dst); k += panel {
			d := (*[4]float32)(dst[k:])
			d[0], d[1], d[2], d[3] = w.data[at], w.data[at+f], w.data[at+2*f], w.data[at+3*f]
			at += w.channel
		}
	}
	for ; j < width; j++ {
		at := from + j*w.feature
		for k := j; k < len(dst); k += panel {
			dst[k] = w.data[at]
			at += w.channel
		}
	}
}
