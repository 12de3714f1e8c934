package crop

// weight is the number of bits of an interpolation weight. Two weights and a pixel take 30
// bits, so products fit in uint32.
const weight = 11

// tap says what an output column or row reads: two neighbours, and the weight of the second.
type tap struct {
	near, far int
	part      uint32
}

// taps returns the taps of n outputs over a range of pixels. Pixel centres lie at halves;
// beyond the range, its last pixel repeats.
func taps(n, from, length int) []tap {
	out := make([]tap, n)
	for i := range out {
		// The source is ((i + 1/2)·length/n - 1/2), here in units of 1/(2n).
		at := max((2*i+1)*length-n, 0)
		near := min(at/(2*n), length-1)
		part := uint32((at%(2*n)<<weight + n) / (2 * n))
		out[i] = tap{near: from + near, far: from + min(near+1, length-1), part: part}
	}
	return out
}

// enlarge writes a rectangle of a square RGB frame, resized to the whole frame.
func enlarge(output, pixels []uint8, size int, r rectangle) {
	columns, rows := taps(size, r.left, r.width), taps(size, r.top, r.height)
	// Two source rows after widening. Consecutive output rows often need the same ones.
	near, far := make([]uint32, size*3), make([]uint32, size*3)
	held := tap{near: -1, far: -1}
	for y, row := range rows {
		switch {
		case row.near == held.near && row.far == held.far:
		case row.near == held.far:
			near, far = far, near
			widen(far, pixels[row.far*size*3:], columns)
		default:
			widen(near, pixels[row.near*size*3:], columns)
			widen(far, pixels[row.far*size*3:], columns)
		}
		held = row
		mix(output[y*size*3:(y+1)*size*3], near, far, row.part)
	}
}

// widen interpolates one source row. The result keeps the bits of the weight.
func widen(out []uint32, row []uint8, columns []tap) {
	for x, c := range columns {
		a, b, o := row[c.near*3:c.near*3+3], row[c.far*3:c.far*3+3], out[x*3:x*3+3]
		for i := range 3 {
			o[i] = uint32(a[i])*(1<<weight-c.part) + uint32(b[i])*c.part
		}
	}
}

// mix interpolates between two widened rows and divides by the scale of both weights.
func mix(out []uint8, near, far []uint32, part uint32) {
	near, far = near[:len(out)], far[:len(out)]
	for i := range out {
		out[i] = uint8((near[i]*(1<<weight-part) + far[i]*part + 1<<(2*weight-1)) >> (2 * weight))
	}
}
