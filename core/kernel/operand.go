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
	const unroll = 6 // divides all strips
	for i := 0; i < g.m; i += g.strip {
		width, to := min(g.strip, g.m-i), dst[i*g.deep:]
		for k := range g.deep {
			row, at, j := src[k*ld+i:][:width], to[k*g.strip:], 0
			for ; j+unroll <= width; j += unroll {
				// One by one, because a copy of the array is a call of memmove.
				from, to := (*[unroll]float32)(row[j:]), (*[unroll]float32)(at[j:])
				to[0], to[1], to[2] = from[0], from[1], from[2]
				to[3], to[4], to[5] = from[3], from[4], from[5]
			}
			for ; j < width; j++ {
				at[j] = row[j]
			}
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
	if w.feature == 1 {
		for k := 0; k < len(dst); k += panel {
			copy(dst[k:k+width], w.data[from:])
			from += w.channel
		}
		return
	}
	j := 0
	for ; j+4 <= width; j += 4 { // four at once: a quarter of the visits to each line of dst
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
