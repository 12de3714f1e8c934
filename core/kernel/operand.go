package kernel

// dense is a left operand whose rows are contiguous: it is used where it lies.
type dense struct {
	data []float32
	ld   int
}

func (d dense) block(_ []float32, i, _, k, _ int) view {
	return view{data: d.data[i*d.ld+k:], rs: d.ld, ks: 1, strip: strip * d.ld}
}

// transposed is a left operand whose columns are contiguous.
type transposed struct {
	data []float32
	ld   int
}

func (d transposed) block(dst []float32, i, m, k, deep int) view {
	return packStrips(dst, d.data[k*d.ld+i:], d.ld, m, deep)
}

// packStrips copies m columns of src, [deep rows of ld], strip by strip as [deep][strip].
// A strip of the source would be read at strides of whole rows, often powers of
// two that fall on a few lines of the cache; the copy is read in sequence.
func packStrips(dst, src []float32, ld, m, deep int) view {
	whole := m / strip * strip
	for k := range deep {
		row, at := src[k*ld:][:m], k*strip
		for i := 0; i < whole; i += strip {
			// One by one, because a copy of the array is a call of memmove.
			from, to := (*[strip]float32)(row[i:]), (*[strip]float32)(dst[at+i*deep:])
			to[0], to[1], to[2] = from[0], from[1], from[2]
			to[3], to[4], to[5] = from[3], from[4], from[5]
		}
		if whole < m {
			copy(dst[at+whole*deep:], row[whole:])
		}
	}
	return view{data: dst, rs: 1, ks: strip, strip: strip * deep}
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

// pack writes width columns from j as one panel of depth len(dst)/panel from k, the
// missing columns as zeros.
func (w columns) pack(dst []float32, k, j, width int) {
	if width < panel {
		clear(dst)
	}
	for len(dst) > 0 {
		tap, c := k/w.channels, k%w.channels
		n := min(w.channels-c, len(dst)/panel)
		from := w.origin + tap/w.across*w.down + tap%w.across*w.right + c*w.channel + j*w.feature
		w.packTap(dst[:n*panel], from, width)
		dst, k = dst[n*panel:], k+n
	}
}

func (w columns) packTap(dst []float32, from, width int) {
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
