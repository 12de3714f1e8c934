package picture

import "image"

// pixelRows reads a picture row by row.
type pixelRows struct {
	// channels is 3 for a picture without transparency and 4 for any other.
	channels int
	// read fills the start of row with row y, counted from the top: R, G, B and, with
	// four channels, A of each pixel, premultiplied, 0 to 65535.
	read func(y int, row []float64)
}

// rowsOf gives pixels the values that package draw gives them.
func rowsOf(picture image.Image) pixelRows {
	switch p := picture.(type) {
	case *image.YCbCr:
		switch p.SubsampleRatio {
		case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440,
			image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
			return pixelRows{3, func(y int, row []float64) { readYCbCr(p, y, row) }}
		}
	case *image.Gray:
		return pixelRows{3, func(y int, row []float64) { readGray(p, y, row) }}
	case *image.RGBA:
		return pixelRows{4, func(y int, row []float64) { readRGBA(p, y, row) }}
	case *image.NRGBA:
		return pixelRows{4, func(y int, row []float64) { readNRGBA(p, y, row) }}
	case *image.Paletted:
		return readPaletted(p)
	case image.RGBA64Image:
		return pixelRows{4, func(y int, row []float64) { readRGBA64(p, y, row) }}
	}
	return pixelRows{4, func(y int, row []float64) { readAny(picture, y, row) }}
}

func readYCbCr(p *image.YCbCr, y int, row []float64) {
	y += p.Rect.Min.Y
	light := p.Y[p.YOffset(p.Rect.Min.X, y):]
	light = light[:p.Rect.Dx()]
	if p.Rect.Min.X == 0 && (p.SubsampleRatio == image.YCbCrSubsampleRatio420 ||
		p.SubsampleRatio == image.YCbCrSubsampleRatio422) {
		readHalved(p, p.COffset(0, y), light, row)
		return
	}
	for x := range light {
		at := p.COffset(p.Rect.Min.X+x, y)
		r, g, b := chroma(p.Cb[at], p.Cr[at])
		v := int32(light[x]) * 0x10101
		q := row[x*3 : x*3+3]
		q[0], q[1], q[2] = clamp16(v+r), clamp16(v+g), clamp16(v+b)
	}
}

// readHalved reads a row with one pair of colours for every two pixels.
func readHalved(p *image.YCbCr, at int, light []uint8, row []float64) {
	cb, cr := p.Cb[at:], p.Cr[at:]
	for x := 0; x < len(light); x += 2 {
		r, g, b := chroma(cb[x/2], cr[x/2])
		v := int32(light[x]) * 0x10101
		q := row[x*3 : x*3+3]
		q[0], q[1], q[2] = clamp16(v+r), clamp16(v+g), clamp16(v+b)
		if x+1 < len(light) {
			v := int32(light[x+1]) * 0x10101
			q := row[x*3+3 : x*3+6]
			q[0], q[1], q[2] = clamp16(v+r), clamp16(v+g), clamp16(v+b)
		}
	}
}

// chroma returns what colours add to red, green and blue, in 65536ths of 0 to 255,
// as color.YCbCr's RGBA has it.
func chroma(cb, cr uint8) (r, g, b int32) {
	u, v := int32(cb)-128, int32(cr)-128
	return 91881 * v, -22554*u - 46802*v, 116130 * u
}

// clamp16 makes 0 to 65535 of a sum of light and chroma.
func clamp16(v int32) float64 { return float64(max(0, min(0xffff, v>>8))) }

func readGray(p *image.Gray, y int, row []float64) {
	for x, v := range p.Pix[y*p.Stride:][:p.Rect.Dx()] {
		q := row[x*3 : x*3+3]
		v := float64(uint32(v) * 0x101)
		q[0], q[1], q[2] = v, v, v
	}
}

func readRGBA(p *image.RGBA, y int, row []float64) {
	for i, v := range p.Pix[y*p.Stride:][:4*p.Rect.Dx()] {
		row[i] = float64(uint32(v) * 0x101)
	}
}

func readNRGBA(p *image.NRGBA, y int, row []float64) {
	from := p.Pix[y*p.Stride:][:4*p.Rect.Dx()]
	for i := 0; i < len(from); i += 4 {
		q := from[i : i+4]
		a := uint32(q[3]) * 0x101
		row[i] = float64(uint32(q[0]) * a / 0xff)
		row[i+1] = float64(uint32(q[1]) * a / 0xff)
		row[i+2] = float64(uint32(q[2]) * a / 0xff)
		row[i+3] = float64(a)
	}
}

// readPaletted looks colours up in a palette that was converted once.
func readPaletted(p *image.Paletted) pixelRows {
	palette := make([][4]float64, 256) // an index beyond the palette is transparent black
	for i, c := range p.Palette {
		r, g, b, a := c.RGBA()
		palette[i] = [4]float64{float64(r), float64(g), float64(b), float64(a)}
	}
	return pixelRows{4, func(y int, row []float64) {
		for x, i := range p.Pix[y*p.Stride:][:p.Rect.Dx()] {
			copy(row[4*x:4*x+4], palette[i][:])
		}
	}}
}

func readRGBA64(p image.RGBA64Image, y int, row []float64) {
	b := p.Bounds()
	for x := range b.Dx() {
		c := p.RGBA64At(b.Min.X+x, b.Min.Y+y)
		q := row[4*x : 4*x+4]
		q[0], q[1], q[2], q[3] = float64(c.R), float64(c.G), float64(c.B), float64(c.A)
	}
}

func readAny(p image.Image, y int, row []float64) {
	bounds := p.Bounds()
	for x := range bounds.Dx() {
		r, g, b, a := p.At(bounds.Min.X+x, bounds.Min.Y+y).RGBA()
		q := row[4*x : 4*x+4]
		q[0], q[1], q[2], q[3] = float64(r), float64(g), float64(b), float64(a)
	}
}
