package affine

import "math"

// Source coordinates are fixed-point numbers, so that a row is walked by adding,
// quarter turns and the identity hit pixels exactly, and every machine gets the
// same bytes.
const (
	unit   = 1 << 32 // one pixel
	weight = 11      // bits of an interpolation weight: two of them and a pixel fill 30 bits
)

// warp resamples one square RGB frame.
type warp struct {
	size   int
	pixels []uint8
	black  bool
	// cos and sin are the entries of the inverse map, in units.
	cos, sin int64
}

// turn sets the map from output to source for content that is rotated
// counter-clockwise and scaled. With x to the right and y downwards, and both
// from the centre, that is x' = (x·cos - y·sin)/scale, y' = (x·sin + y·cos)/scale.
func (w *warp) turn(degrees, scale float64) {
	sin, cos := math.Sincos(radians(degrees))
	w.cos = int64(math.Round(cos / scale * unit))
	w.sin = int64(math.Round(sin / scale * unit))
}

func (w *warp) run(output []uint8) {
	// Twice the distance from the centre is whole: the centre of an even frame
	// lies between pixels.
	middle := int64(w.size-1) * unit / 2
	for row := range w.size {
		x2, y2 := int64(1-w.size), int64(2*row+1-w.size)
		x := (x2*w.cos-y2*w.sin)/2 + middle
		y := (x2*w.sin+y2*w.cos)/2 + middle
		out := output[row*w.size*3 : (row+1)*w.size*3]
		for i := 0; i < len(out); i += 3 {
			w.sample(out[i:i+3:i+3], x, y)
			x += w.cos
			y += w.sin
		}
	}
}

// sample writes the pixel at a point of the source.
func (w *warp) sample(out []uint8, x, y int64) {
	last := int64(w.size-1) * unit
	if !w.black {
		x, y = min(max(x, 0), last), min(max(y, 0), last)
	}
	if x >= 0 && y >= 0 && x < last && y < last {
		w.inside(out, x, y)
		return
	}
	w.border(out, x, y)
}

// inside interpolates where all four neighbours lie in the frame.
func (w *warp) inside(out []uint8, x, y int64) {
	fx, fy := fraction(x), fraction(y)
	gx, gy := 1<<weight-fx, 1<<weight-fy
	above := w.pixels[(int(y/unit)*w.size+int(x/unit))*3:]
	below := above[w.size*3:][:6]
	above = above[:6]
	for c := range 3 {
		top := uint32(above[c])*gx + uint32(above[c+3])*fx
		bottom := uint32(below[c])*gx + uint32(below[c+3])*fx
		out[c] = round(top*gy + bottom*fy)
	}
}

// border interpolates where neighbours lie outside the frame. They are black, or have weight
// 0 because sample moved the point to the edge.
func (w *warp) border(out []uint8, x, y int64) {
	fx, fy := fraction(x), fraction(y)
	left, top := x>>32, y>>32
	var sum [3]uint32
	for i, k := range [4]uint32{(1<<weight - fx) * (1<<weight - fy), fx * (1<<weight - fy), (1<<weight - fx) * fy,
		fx * fy} {
		px, py := int(left)+i%2, int(top)+i/2
		if px < 0 || py < 0 || px >= w.size || py >= w.size {
			continue
		}
		p := w.pixels[(py*w.size+px)*3:]
		for c := range 3 {
			sum[c] += uint32(p[c]) * k
		}
	}
	for c := range 3 {
		out[c] = round(sum[c])
	}
}

// fraction returns the fractional part of a coordinate as a weight.
func fraction(x int64) uint32 { return uint32(uint64(x) & (unit - 1) >> (32 - weight)) }

// round divides a sum by the scale of its two weights.
func round(sum uint32) uint8 { return uint8((sum + 1<<(2*weight-1)) >> (2 * weight)) }
