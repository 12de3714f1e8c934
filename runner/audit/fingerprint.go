package audit

import (
	"math"
	"math/bits"
)

const (
	// side is that of the grey square of which a fingerprint is made, in pixels.
	side = 32
	// waves is how many frequencies a fingerprint has of each direction.
	waves = 16
	// dead is the sum of a wave of 0.16 grey levels. What is less may be noise, whose sign says nothing, and counts as
	// none: the odd waves of a symmetric picture, for example.
	dead = 0.16 * side * side / 4
	// detailed is the least number of waves that are more than that for a picture to be told from others: black
	// frames and plain ones have fewer.
	detailed = 64
	// nearby is in how many bits the fingerprints of near-identical pictures may differ.
	nearby = 32
)

// fingerprint is what a picture looks like, in 255 bits: which of its lowest frequencies are positive, the lowest ones
// first. Light and contrast, encoding and size leave most of them as they are.
//
// Source: pHash, Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010. Differs: signs are
// taken of 255 frequencies instead of comparing 64 with their median. A mirror image then has the same amplitudes,
// half of them with the other sign, and needs no decoding of its own.
type fingerprint [4]uint64

// distance counts the bits in which two fingerprints differ.
func (f fingerprint) distance(other fingerprint) int {
	n := 0
	for i := range f {
		n += bits.OnesCount64(f[i] ^ other[i])
	}
	return n
}

// look is a picture's fingerprint, and that of its mirror image.
type look struct {
	upright, mirrored fingerprint
	// waves is the number of frequencies that are not dead.
	waves int
	// colour is the mean blue and red chroma, -128 to 127.
	colour [2]float32
}

// flat reports whether a picture has too little detail to be told from others.
func (l look) flat() bool { return l.waves < detailed }

// frequency is a cosine wave across a picture.
type frequency struct{ x, y int }

// frequencies are those of a fingerprint, in the order of its bits. The mean is none.
var frequencies = lowest()

func lowest() (all []frequency) {
	for sum := 1; sum <= 2*(waves-1); sum++ {
		for x := max(0, sum-waves+1); x <= min(sum, waves-1); x++ {
			all = append(all, frequency{x, sum - x})
		}
	}
	return all
}

// cosines are the waves of the cosine transform DCT-II.
var cosines = func() (table [waves][side]float32) {
	for k := range table {
		for i := range table[k] {
			table[k][i] = float32(math.Cos(math.Pi / side * (float64(i) + 0.5) * float64(k)))
		}
	}
	return table
}()

// lookOf makes the fingerprints of a picture.
//
//	pixels: uint8 [side,side,3], RGB
func lookOf(pixels []uint8) look {
	grey, colour := channels(pixels)
	l := look{colour: colour}
	amplitudes := transform(grey)
	for bit, f := range frequencies {
		a := amplitudes[f.y][f.x]
		if max(a, -a) > dead {
			l.waves++
		}
		if a > dead {
			l.upright[bit/64] |= 1 << (bit % 64)
		}
		if f.x%2 == 1 { // mirrored, the wave starts with its other side
			a = -a
		}
		if a > dead {
			l.mirrored[bit/64] |= 1 << (bit % 64)
		}
	}
	return l
}

// allowed is in how many bits the fingerprints of two near-identical pictures may differ: fewer where few of the waves
// say anything, as in plain signs and symmetric drawings.
func (l look) allowed(other look) int { return min(nearby, min(l.waves, other.waves)/6) }

// sameColour reports whether two pictures are coloured alike on the whole. A change of light scales their colours.
func (l look) sameColour(other look) bool {
	for i, c := range l.colour {
		d := other.colour[i]
		if max(c-d, d-c) > 3+0.4*max(c, -c, d, -d) {
			return false
		}
	}
	return true
}

// channels returns the grey values of RGB pixels and the mean of their chroma, as ITU-R BT.601 weighs them.
func channels(pixels []uint8) (grey [side * side]float32, colour [2]float32) {
	for i := range grey {
		p := pixels[3*i:][:3]
		r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
		grey[i] = 0.299*r + 0.587*g + 0.114*b
		colour[0] += (b - grey[i]) * 0.564 / (side * side)
		colour[1] += (r - grey[i]) * 0.713 / (side * side)
	}
	return grey, colour
}

// transform returns the lowest frequencies of the cosine transform, by row and column.
func transform(grey [side * side]float32) (out [waves][waves]float32) {
	var rows [side][waves]float32
	for y := range side {
		for k := range waves {
			var sum float32
			for x, c := range cosines[k] {
				sum += grey[y*side+x] * c
			}
			rows[y][k] = sum
		}
	}
	for k := range waves {
		for y, c := range cosines[k] {
			for x := range waves {
				out[k][x] += rows[y][x] * c
			}
		}
	}
	return out
}
