package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"montage/core/hint"
	"montage/runner/weight"
)

// halfBytes is the size of n numbers as they are kept.
func halfBytes(n int) int { return 2 * n }

// largestHalf is the largest finite number of 16 bits; beyond 65520 there is none to
// round to.
const largestHalf = 65504

// roundHalf puts float32 numbers into 16 bits each, IEEE 754 binary16, to the nearest and
// of two equally near ones to the even, as out's little-endian bytes. NaN stays NaN
// and an infinity an infinity.
//
// Errors: a finite number too large for 16 bits.
func roundHalf(out []byte, values []float32) error {
	for i, v := range values {
		h := half(v)
		if h&0x7fff == 0x7c00 && v*0 == 0 {
			return hint.With(fmt.Errorf("a frozen prefix that gives %g cannot be cached: its numbers are kept in 16 "+
				"bits, up to %d", v, largestHalf), "take cache out of [backbone]")
		}
		binary.LittleEndian.PutUint16(out[2*i:], h)
	}
	return nil
}

// half rounds one number.
func half(v float32) uint16 {
	const (
		tooLarge = 143 << 23 // 2^16
		normal   = 113 << 23 // 2^-14, below which exponents end
		shift    = 126 << 23 // 0.5: adding it leaves 24 bits behind the point
	)
	bits := math.Float32bits(v)
	sign := bits >> 16 & 0x8000
	bits &= 1<<31 - 1
	switch {
	case bits > 255<<23:
		bits = 0x7e00
	case bits >= tooLarge:
		bits = 0x7c00
	case bits < normal:
		bits = math.Float32bits(math.Float32frombits(bits)+math.Float32frombits(shift)) - shift
	default:
		odd := bits >> 13 & 1
		bits = (bits - 112<<23 + 0xfff + odd) >> 13
	}
	return uint16(sign | bits)
}

// widenHalf is the opposite of roundHalf.
func widenHalf(out []float32, kept []byte) {
	table := widened()
	kept = kept[:2*len(out)]
	for i := range out {
		out[i] = table[binary.LittleEndian.Uint16(kept[2*i:])]
	}
}

// widened holds the number of each 16 bits, in half the time of computing them.
var widened = sync.OnceValue(func() *[1 << 16]float32 {
	table, all := &[1 << 16]float32{}, make([]byte, 0, 2<<16)
	for h := range table {
		all = binary.LittleEndian.AppendUint16(all, uint16(h))
	}
	_ = weight.Floats(table[:], "F16", all) // only what has more bits than a float32 can fail
	return table
})
