package colorjitter

// The changes, all in place on RGB pixels. Those that are the same for every value
// of a frame go through a table of the 256 values.

// brighten mixes with black: factor·v.
func brighten(pixels []uint8, factor float64) { mixture(factor, 0).apply(pixels) }

// contrast mixes with the mean of the frame's greys.
func contrast(pixels []uint8, factor float64) {
	sum := uint64(0)
	for i := 0; i+3 <= len(pixels); i += 3 {
		sum += uint64(grey(pixels[i : i+3 : i+3]))
	}
	mean := float64(sum) / float64(max(len(pixels)/3, 1))
	mixture(factor, mean).apply(pixels)
}

// saturate mixes every pixel with its grey, in numbers with 16 bits behind the point.
func saturate(pixels []uint8, factor float64) {
	part := int(factor*(1<<16) + 0.5)
	for i := 0; i+3 <= len(pixels); i += 3 {
		p := pixels[i : i+3 : i+3]
		rest := (1<<16 - part) * int(grey(p))
		for c, v := range p {
			p[c] = uint8(min(max((part*int(v)+rest)>>16, 0), 255))
		}
	}
}

// grey is torchvision's, in whole numbers.
func grey(p []uint8) uint32 {
	return (2989*uint32(p[0]) + 5870*uint32(p[1]) + 1140*uint32(p[2])) / 10000
}

// table is what becomes of each value.
type table [256]uint8

func mixture(factor, with float64) *table {
	t, rest := &table{}, float64((1-factor)*with)
	for v := range t {
		t[v] = uint8(min(max(float64(factor*float64(v))+rest, 0), 255))
	}
	return t
}

func (t *table) apply(pixels []uint8) {
	for i, v := range pixels {
		pixels[i] = t[v]
	}
}
