package picture

import "image"

// orientation is how a stored picture has to be turned to be seen upright: the
// numbers 1 to 8 of EXIF. Any other number means 1.
type orientation int

// swaps reports whether stored rows are the columns that are seen.
func (o orientation) swaps() bool { return o >= 5 && o <= 8 }

// flipsX reports whether stored rows run from right to left, before any swap.
func (o orientation) flipsX() bool { return o == 2 || o == 3 || o == 7 || o == 8 }

// flipsY reports whether stored columns run from bottom to top, before any swap.
func (o orientation) flipsY() bool { return o == 3 || o == 4 || o == 6 || o == 7 }

// size makes the size that is seen of the stored one, and the other way round.
func (o orientation) size(p image.Point) image.Point {
	if o.swaps() {
		return image.Pt(p.Y, p.X)
	}
	return p
}

// steps says how to read stored pixels in the order in which they are seen.
//
//	first   the pixel seen at the top left
//	right   how far it is from a pixel to the one seen to its right
//	down    how far it is to the one seen below
func (o orientation) steps(w, h int) (first, right, down int) {
	right, down = 1, w
	if o.flipsX() {
		first, right = w-1, -1
	}
	if o.flipsY() {
		first, down = first+w*(h-1), -w
	}
	if o.swaps() {
		right, down = down, right
	}
	return first, right, down
}
