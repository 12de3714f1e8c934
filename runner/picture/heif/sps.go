package heif

import "math/bits"

// bitReader reads numbers of any length. Past its end it reads zeros and is short.
type bitReader struct {
	data  []byte
	at    int // the next bit
	short bool
}

func (b *bitReader) bits(n int) (v int) {
	for range n {
		v <<= 1
		if b.at/8 >= len(b.data) {
			b.short = true
			return 0
		}
		v |= int(b.data[b.at/8]>>(7-b.at%8)) & 1
		b.at++
	}
	return v
}

func (b *bitReader) flag() bool { return b.bits(1) == 1 }

// golomb reads a number in Exp-Golomb code.
func (b *bitReader) golomb() int {
	zeros := 0
	for !b.short && !b.flag() {
		zeros++
	}
	return 1<<min(zeros, bits.UintSize-2) - 1 + b.bits(min(zeros, 32))
}

func (b *bitReader) golombs(n int) {
	for range n {
		b.golomb()
	}
}

// coloursOf returns the range and matrix that a hvcC property says in its sequence parameters, nil for
// none.
//
// Source: ISO/IEC 14496-15, 8.3.3.1 (hvcC), ITU-T H.265, 7.3.2.2 and E.2.1 (parameters).
func coloursOf(hvcC []byte) *Colours {
	const header, sequence = 22, 33
	c := cursor{data: hvcC}
	c.take(header)
	for range c.u8() {
		kind := c.u8() & 0x3f
		for range c.u16() {
			unit := c.take(c.u16())
			if c.short {
				return nil
			}
			if kind == sequence {
				return sequenceColours(&bitReader{data: unescaped(unit)})
			}
		}
	}
	return nil
}

// unescaped takes the 3 out of every 0 0 3.
func unescaped(unit []byte) []byte {
	var out []byte
	zeros := 0
	for _, v := range unit {
		if zeros >= 2 && v == 3 {
			zeros = 0
			continue
		}
		out = append(out, v)
		if zeros++; v != 0 {
			zeros = 0
		}
	}
	return out
}

func sequenceColours(b *bitReader) *Colours {
	b.bits(16 + 4) // the header of the unit, and which video parameters
	layers := b.bits(3)
	b.flag()
	skipProfile(b, layers)
	b.golomb()
	if b.golomb() == 3 { // not halved: the planes may be coded apart
		b.flag()
	}
	b.golombs(2) // width and height
	if b.flag() {
		b.golombs(4) // what is cut off
	}
	b.golombs(2) // depths
	order := b.golomb() + 4
	first := layers
	if b.flag() {
		first = 0
	}
	b.golombs(3 * (layers - first + 1))
	b.golombs(6)                                // sizes of blocks
	if scaled := b.flag(); scaled && b.flag() { // by lists of its own
		skipScaling(b)
	}
	b.bits(2)
	if b.flag() {
		b.bits(8)
		b.golombs(2)
		b.flag()
	}
	for i := range b.golomb() { // sets of pictures to refer to
		if b.short || i > 0 && b.flag() { // told by their difference from another set
			return nil
		}
		for range b.golomb() + b.golomb() {
			b.golomb()
			if b.flag(); b.short {
				return nil
			}
		}
	}
	if b.flag() {
		for range b.golomb() {
			if b.bits(order + 1); b.short {
				return nil
			}
		}
	}
	b.bits(2)
	return usabilityColours(b)
}

// usabilityColours reads the start of what says how to show a video.
func usabilityColours(b *bitReader) *Colours {
	const own = 255 // a proportion of a pixel's sides that follows
	if !b.flag() {
		return nil
	}
	if b.flag() && b.bits(8) == own {
		b.bits(32)
	}
	if b.flag() {
		b.flag()
	}
	if !b.flag() {
		return nil
	}
	b.bits(3)
	c := &Colours{Matrix: 2, Full: b.flag()}
	if b.flag() {
		b.bits(16)
		c.Matrix = b.bits(8)
	}
	if b.short {
		return nil
	}
	return c
}

// skipProfile skips the profile and level of all layers.
func skipProfile(b *bitReader, layers int) {
	const profile, level = 88, 8
	b.bits(profile + level)
	size := 0
	for range layers {
		size += profile*b.bits(1) + level*b.bits(1)
	}
	if layers > 0 {
		b.bits(2 * (8 - layers))
	}
	b.bits(size)
}

// skipScaling skips lists of factors.
func skipScaling(b *bitReader) {
	for size := range 4 {
		for matrix := 0; matrix < 6; matrix += 1 + 2*(size/3) {
			switch {
			case !b.flag():
				b.golomb()
			case size > 1:
				b.golombs(1 + 64)
			default:
				b.golombs(min(64, 16<<(2*size)))
			}
		}
	}
}
