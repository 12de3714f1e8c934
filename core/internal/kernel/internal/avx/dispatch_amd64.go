package avx

// Multiply computes a block of rows.
func Multiply(l Level, rows int, p *Block) {
	if l == AVX512 {
		multiplyZ(rows, p)
		return
	}
	switch rows {
	case 1:
		BlockY1(p)
	case 2:
		BlockY2(p)
	case 3:
		BlockY3(p)
	case 4:
		BlockY4(p)
	case 5:
		BlockY5(p)
	case 6:
		BlockY6(p)
	}
}

func multiplyZ(rows int, p *Block) {
	switch rows {
	case 1:
		BlockZ1(p)
	case 2:
		BlockZ2(p)
	case 3:
		BlockZ3(p)
	case 4:
		BlockZ4(p)
	case 5:
		BlockZ5(p)
	case 6:
		BlockZ6(p)
	case 7:
		BlockZ7(p)
	case 8:
		BlockZ8(p)
	case 9:
		BlockZ9(p)
	case 10:
		BlockZ10(p)
	case 11:
		BlockZ11(p)
	case 12:
		BlockZ12(p)
	}
}

// Turn computes one transform.
func Turn(l Level, s Stage, p *Tile) {
	if l == AVX512 {
		turnZ(s, p)
		return
	}
	switch s {
	case Input:
		InputY(p)
	case Output:
		OutputY(p)
	case Filter:
		FilterY(p)
	case Gradient:
		GradientY(p)
	case FilterGradient:
		FilterGradientY(p)
	}
}

func turnZ(s Stage, p *Tile) {
	switch s {
	case Input:
		InputZ(p)
	case Output:
		OutputZ(p)
	case Filter:
		FilterZ(p)
	case Gradient:
		GradientZ(p)
	case FilterGradient:
		FilterGradientZ(p)
	}
}

// CopyRows copies n rows of width, at least one, that lie ld bytes apart, to one after
// another. It reports whether there is assembly for this width.
func CopyRows(width int, dst, src *float32, ld, n int) bool {
	switch width {
	case 6:
		Copy6(dst, src, ld, n)
	case 12:
		Copy12(dst, src, ld, n)
	case 16:
		Copy16(dst, src, ld, n)
	case 32:
		Copy32(dst, src, ld, n)
	default:
		return false
	}
	return true
}
