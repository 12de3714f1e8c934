package blur

import "math"

// bits of a tap, and those that the values between the two passes keep behind
// the point: a sum of taps times such values fills 32 bits.
const (
	bits = 16
	kept = 8
)

// gauss returns the taps of one half of the kernel, the middle one first, without those that
// round to 0. The whole kernel adds up to exactly 1<<bits, so that a uniform area keeps its
// value.
func gauss(radius int, sigma float64) []uint32 {
	sum, density := 0.0, make([]float64, radius+1)
	for i := range density {
		density[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
		sum += density[i]
		if i > 0 {
			sum += density[i]
		}
	}
	half := []uint32{1 << bits}
	for _, d := range density[1:] {
		tap := uint32(math.Round(d / sum * (1 << bits)))
		if tap == 0 {
			break
		}
		half = append(half, tap)
		half[0] -= 2 * tap
	}
	return half
}

// smooth writes the blurred frame: first along the rows, then along the columns.
func smooth(output, pixels []uint8, size int, half []uint32) {
	width, radius := size*3, len(half)-1
	between := make([]uint32, size*width)
	padded := make([]uint32, width+6*radius)
	for y := range size {
		pad(padded, pixels[y*width:(y+1)*width], size, radius)
		along(between[y*width:(y+1)*width], padded, half)
	}
	sum := make([]uint32, width)
	for y := range size {
		row := func(at int) []uint32 { at = mirrored(at, size); return between[at*width : (at+1)*width] }
		for i, v := range row(y) {
			sum[i] = v * half[0]
		}
		for k, tap := range half[1:] {
			add(sum, row(y-k-1), row(y+k+1), tap)
		}
		out := output[y*width : (y+1)*width]
		for i, v := range sum {
			out[i] = uint8((v + 1<<(bits+kept-1)) >> (bits + kept))
		}
	}
}

// pad copies a row and extends it at both ends by mirroring.
func pad(padded []uint32, row []uint8, size, radius int) {
	for x := -radius; x < size+radius; x++ {
		from, to := mirrored(x, size)*3, (x+radius)*3
		for c := range 3 {
			padded[to+c] = uint32(row[from+c])
		}
	}
}

// along blurs a padded row. It keeps some fractional bits for the second pass.
func along(out, padded, half []uint32) {
	radius := len(half) - 1
	for i, v := range padded[radius*3:][:len(out)] {
		out[i] = v * half[0]
	}
	for k, tap := range half[1:] {
		add(out, padded[(radius-k-1)*3:], padded[(radius+k+1)*3:], tap)
	}
	for i, v := range out {
		out[i] = (v + 1<<(bits-kept-1)) >> (bits - kept)
	}
}

// add adds the neighbours at one distance on both sides, weighted by their tap.
func add(sum, left, right []uint32, tap uint32) {
	left, right = left[:len(sum)], right[:len(sum)]
	for i := range sum {
		sum[i] += tap * (left[i] + right[i])
	}
}

// mirrored maps an index beyond an end back inside. The end itself is not repeated.
func mirrored(at, size int) int {
	if at < 0 {
		at = -at
	}
	if at >= size {
		at = 2*(size-1) - at
	}
	return at
}
