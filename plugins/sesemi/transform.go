package sesemi

// The classes of the proxy task, in the order of their labels. Rotations are
// counter-clockwise.
const (
	rotate0 = iota
	rotate90
	rotate180
	rotate270
	flipHorizontal
	flipVertical
	classes
)

// transform writes a square RGB frame, rotated or flipped.
func transform(output, pixels []uint8, size, class int) {
	start, right, down := walk(size, class)
	for y := range size {
		at, out := start+y*down, output[y*size*3:(y+1)*size*3]
		for i := 0; i < len(out); i += 3 {
			copy(out[i:i+3], pixels[at*3:at*3+3])
			at += right
		}
	}
}

// walk returns the source pixel of the output's top left corner, and the steps in the source
// for one step right or down in the output.
func walk(size, class int) (start, right, down int) {
	last := size - 1
	switch class {
	case rotate90:
		return last, size, -1
	case rotate180:
		return size*size - 1, -1, -size
	case rotate270:
		return size * last, -size, 1
	case flipHorizontal:
		return last, -1, size
	case flipVertical:
		return size * last, 1, -size
	}
	return 0, 1, size
}
