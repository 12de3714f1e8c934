package colorjitter

// The changes work in place on RGB pixels. Those that map equal values to equal values use a
// table, so that each of the 256 values is computed once.

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

// saturate mixes every pixel with its grey, in fixed point with 16 fractional bits.
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

// grey computes torchvision's grey in integers.
func grey(p []uint8) uint32 {
	return (2989*uint32(p[0]) + 5870*uint32(p[1]) + 1140*uint32(p[2])) / 10000
}

// table maps each pixel value to its new one.
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
