package picture

import (
	"image"
	"math"
)

// axis says how the pixels of a source's row or column become those of the target:
// a tent as wide as two source pixels, or as two target pixels where these are larger.
//
// The sums are those of BiLinear of golang.org/x/image/draw, number by number and in
// its order, so that both give the same bits; a test holds this. They are here since
// draw converts the colours of each source pixel once for every target pixel that it
// adds to, keeps all rows at once, and cannot leave out what a crop does not show.
type axis struct {
	starts  []int     // of each target pixel: its first source pixel
	ends    []int     // of each target pixel: its first weight in weights, and one more for the end
	weights []float64 // of each target pixel's source pixels, one after the other
	inverse []float64 // of each target pixel: 1 divided by the sum of its weights
}

// newAxis describes target pixels from to from+n of a side of whole pixels that is
// made of source pixels.
func newAxis(source, whole, from, n int) axis {
	scale := float64(source) / float64(whole)
	half, shrink := 1.0, 1.0
	if scale > 1 {
		half, shrink = scale, 1/scale
	}
	a := axis{starts: make([]int, n), ends: make([]int, n+1), inverse: make([]float64, n)}
	for x := range n {
		centre := float64((float64(from+x)+0.5)*scale) - 0.5
		first := max(0, int(math.Floor(centre-half)))
		last := max(first, min(source, int(math.Ceil(centre+half))))
		total := 0.0
		for at := first; at < last; at++ {
			// Weights of none are at the ends alone, so the others are of neighbours.
			weight := 1 - math.Abs((centre-float64(at))*shrink)
			if weight <= 0 {
				continue
			}
			if total == 0 {
				a.starts[x] = at
			}
			total += weight
			a.weights = append(a.weights, weight)
		}
		a.ends[x+1] = len(a.weights)
		a.inverse[x] = 1 / total
	}
	return a
}

// of returns target pixel x's weights and the source pixel of the first of them.
func (a *axis) of(x int) (start int, weights []float64) {
	return a.starts[x], a.weights[a.ends[x]:a.ends[x+1]]
}

// longest returns the largest number of source pixels that a target pixel is made of.
func (a *axis) longest() int {
	n := 0
	for x := range a.starts {
		n = max(n, a.ends[x+1]-a.ends[x])
	}
	return n
}

// across3 scales one row of three channels.
func (a *axis) across3(row, into []float64) {
	for x := range a.starts {
		start, weights := a.of(x)
		var r, g, b float64
		from := row[start*3:]
		from = from[:len(weights)*3]
		for _, w := range weights {
			r += float64(from[0] * w)
			g += float64(from[1] * w)
			b += float64(from[2] * w)
			from = from[3:]
		}
		s := a.inverse[x] / 0xffff
		p := into[x*3 : x*3+3]
		p[0], p[1], p[2] = r*s, g*s, b*s
	}
}

// across4 scales one row of four channels.
func (a *axis) across4(row, into []float64) {
	for x := range a.starts {
		start, weights := a.of(x)
		var r, g, b, t float64
		from := row[start*4:]
		from = from[:len(weights)*4]
		for _, w := range weights {
			r += float64(from[0] * w)
			g += float64(from[1] * w)
			b += float64(from[2] * w)
			t += float64(from[3] * w)
			from = from[4:]
		}
		s := a.inverse[x] / 0xffff
		p := into[x*4 : x*4+4]
		p[0], p[1], p[2], p[3] = r*s, g*s, b*s, t*s
	}
}

// scaler scales pictures of one size to a part of one other size. It keeps its
// weights and buffers, since the frames of one sample are mostly of one size.
type scaler struct {
	source image.Point
	part   part
	across axis
	down   axis

	row   []float64   // the source row that is being scaled
	ring  [][]float64 // scaled rows, row y at y modulo their number
	sums  []float64   // the target row that is being made
	bytes []uint8     // the result: [H,W,4], RGBA, premultiplied
}

// prepare makes s ready for pictures of a size.
func (s *scaler) prepare(source image.Point, p part) {
	if s.source == source && s.part == p {
		return
	}
	*s = scaler{source: source, part: p, bytes: make([]uint8, 4*p.w*p.h)}
	s.across = newAxis(source.X, p.whole.X, p.x, p.w)
	s.down = newAxis(source.Y, p.whole.Y, p.y, p.h)
	s.row = make([]float64, 4*source.X)
	s.sums = make([]float64, 4*p.w)
	s.ring = make([][]float64, s.down.longest())
	for i := range s.ring {
		s.ring[i] = make([]float64, 4*p.w)
	}
}

// scale fills s.bytes with the part of a picture that s was prepared for.
func (s *scaler) scale(picture image.Image) {
	from := rowsOf(picture)
	done := 0 // source rows below it are in the ring, or were
	for y := range s.part.h {
		start, weights := s.down.of(y)
		for done = max(done, start); done < start+len(weights); done++ {
			from.read(done, s.row)
			into := s.ring[done%len(s.ring)]
			if from.channels == 3 {
				s.across.across3(s.row, into)
			} else {
				s.across.across4(s.row, into)
			}
		}
		s.sum(start, weights, from.channels*s.part.w)
		into := s.bytes[4*s.part.w*y : 4*s.part.w*(y+1)]
		if from.channels == 3 {
			opaque(s.sums, weights, s.down.inverse[y], into)
		} else {
			translucent(s.sums, s.down.inverse[y], into)
		}
	}
}

// sum adds the rows that a target row is made of.
func (s *scaler) sum(start int, weights []float64, n int) {
	sums := s.sums[:n]
	clear(sums)
	for i, w := range weights {
		row := s.ring[(start+i)%len(s.ring)][:len(sums)]
		for j := range sums {
			sums[j] += float64(row[j] * w)
		}
	}
}

// opaque writes a row of three channels.
func opaque(sums, weights []float64, inverse float64, into []uint8) {
	full := 0.0
	for _, w := range weights {
		full += w
	}
	for x := 0; x < len(into); x += 4 {
		p := sums[:3]
		sums = sums[3:]
		into[x] = toByte(min(p[0], full) * inverse)
		into[x+1] = toByte(min(p[1], full) * inverse)
		into[x+2] = toByte(min(p[2], full) * inverse)
		into[x+3] = 255
	}
}

// translucent writes a row of four channels.
func translucent(sums []float64, inverse float64, into []uint8) {
	for x := 0; x < len(into); x += 4 {
		p := sums[x : x+4]
		for c := range 4 {
			into[x+c] = toByte(min(p[c], p[3]) * inverse)
		}
	}
}

// toByte makes 0 to 255 of 0 to 1, by way of 16 bits as package draw does.
func toByte(v float64) uint8 {
	return uint8(max(0, min(0xffff, int32(float64(0xffff*v)+0.5))) >> 8)
}
