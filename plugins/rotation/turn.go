package rotation

// classes is the number of quarter turns; the label counts them.
const classes = 4

// turn writes a square RGB frame, rotated by a number of quarter turns counter-clockwise.
func turn(output, pixels []uint8, size, quarters int) {
	last := size - 1
	// start is the source pixel of the output's top left corner; right and down are the steps
	// in the source for one step right or down in the output.
	walk := [classes]struct{ start, right, down int }{
		{0, 1, size}, {last, size, -1}, {size*size - 1, -1, -size}, {size * last, -size, 1},
	}[quarters]
	for y := range size {
		at, out := walk.start+y*walk.down, output[y*size*3:(y+1)*size*3]
		for i := 0; i < len(out); i += 3 {
			copy(out[i:i+3], pixels[at*3:at*3+3])
			at += walk.right
		}
	}
}
