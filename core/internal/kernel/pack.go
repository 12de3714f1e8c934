package kernel

import "montage/core/internal/kernel/internal/avx"

// lines are n rows of width elements, ld apart.
type lines struct {
	data         []float32
	ld, n, width int
}

// rowsAtOnce is how many rows are copied before the next columns: parts of rows that lie
// a power of two apart fall on a few lines of the cache, and of no more there is room.
const rowsAtOnce = 8

// to copies the rows to every each-th element of dst.
func (l lines) to(dst []float32, each int) {
	if l.n == 0 || l.width == 0 {
		return
	}
	// This is the check of bounds which assembly lacks.
	_, _ = dst[(l.n-1)*each+l.width-1], l.data[(l.n-1)*l.ld+l.width-1]
	if each == l.width && fastest.assembly() && avx.CopyRows(each, &dst[0], &l.data[0], 4*l.ld, l.n) {
		return
	}
	for i := range l.n {
		copy(dst[i*each:][:l.width], l.data[i*l.ld:])
	}
}

// turn writes the columns as rows of dst, each apart.
func (l lines) turn(dst []float32, each int) {
	rows, columns := 0, 0
	if fastest.assembly() {
		if rows, columns = l.n&^7, l.width&^7; rows > 0 && columns > 0 {
			// Again in place of the assembly, which checks no bounds.
			_, _ = dst[(columns-1)*each+rows-1], l.data[(rows-1)*l.ld+columns-1]
			for i := 0; i < rows; i += 8 {
				avx.Transpose(&dst[i], &l.data[i*l.ld], 4*each, 4*l.ld, columns/8)
			}
		}
	}
	for i := range l.n {
		from := 0
		if i < rows {
			from = columns
		}
		for j, v := range l.data[i*l.ld:][from:l.width] {
			dst[(from+j)*each+i] = v
		}
	}
}

// braid brings taps of some features and channels to where weights have them, side by side.
type braid struct {
	taps, features, channels int
	data                     *[]float32 // [taps][features][channels]
}

// fill fills data: element (i, c, k) of from is at i*tap + c*channel + k.
func (b braid) fill(from []float32, tap, channel int) {
	for i := range b.taps {
		l := lines{from[i*tap:], channel, b.channels, b.features}
		l.turn((*b.data)[i*b.features*b.channels:], b.channels)
	}
}

// to writes weights [channels][taps] of each feature.
func (b braid) to(w []float32, feature int) {
	for k := range b.features {
		to := w[k*feature:][:b.channels*b.taps]
		for i := range b.taps {
			from := (*b.data)[(i*b.features+k)*b.channels:][:b.channels]
			at := i
			for _, v := range from {
				to[at] = v
				at += b.taps
			}
		}
	}
}
