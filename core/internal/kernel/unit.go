package kernel

import "montage/core/internal/kernel/internal/avx"

// unit is the kind of innermost loops in use, and their measures.
type unit struct {
	level avx.Level
	strip int // rows of C computed at once
	panel int // columns of C computed at once, and of a panel of B
	lanes int // channels transformed at once by Winograd's convolution
	// height is the most rows of A taken at once, for which B is read once. With depth,
	// 384 KiB of the large second-level caches that come with AVX-512, or 192 KiB.
	height int
}

// fastest is the unit of this processor. Tests set it to reach the others.
var fastest = unitOf(avx.Best())

// largest is a strip times a panel, at most.
const (
	largestStrip = 12
	largestPanel = 32
)

// unitOf returns the unit of a level: with 6 by 16 sums 4 of the 16 vector registers
// of AVX2 remain for the operands, with 12 by 32 sums 8 of the 32 of AVX-512.
func unitOf(l avx.Level) unit {
	switch l {
	case avx.AVX512:
		return unit{l, 12, 32, 16, 192}
	case avx.AVX2:
		return unit{l, 6, 16, 8, 96}
	}
	return unit{l, 6, 16, 1, 96}
}

func (u unit) assembly() bool { return u.level != avx.None }

// even divides m rows into as few strips as possible and returns the rows of each but
// the last. Strips of equal height keep the multipliers busier than full ones and a rest.
func (u unit) even(m int) int { return ceilDiv(m, max(1, ceilDiv(m, u.strip))) }
