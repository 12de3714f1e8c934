package picture

import (
	"bytes"
	"image"
	"image/color"

	"golang.org/x/image/webp"
)

// decodeWebP decodes a WebP file. Package webp returns the light and colours of lossy files
// as if they had the range of JPEG's, so that black were 16 and white 235: they are made
// red, green and blue here.
//
// Source: RFC 6386, section 9.2: ITU-R BT.601 with light from 16 to 235. Differs from
// libwebp: colours are repeated where it interpolates them.
func decodeWebP(content []byte) (image.Image, error) {
	if f, found := firstFrame(content); found {
		return f.decode()
	}
	return decodeStill(content)
}

func decodeStill(content []byte) (image.Image, error) {
	picture, err := webp.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	switch p := picture.(type) {
	case *image.YCbCr:
		return narrowRange(p, func(int, int) uint8 { return 255 }), nil
	case *image.NYCbCrA:
		return narrowRange(&p.YCbCr, func(x, y int) uint8 { return p.A[p.AOffset(x, y)] }), nil
	}
	return picture, nil
}

// narrowRange converts light from 16 to 235 and colours from 16 to 240.
func narrowRange(p *image.YCbCr, alpha func(x, y int) uint8) *image.NRGBA {
	out := image.NewNRGBA(p.Rect)
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
			c := p.YCbCrAt(x, y)
			light := 255.0 / 219 * (float64(c.Y) - 16)
			cb, cr := float64(c.Cb)-128, float64(c.Cr)-128
			out.SetNRGBA(x, y, color.NRGBA{R: nearest(light + 1.596*cr), G: nearest(light - 0.392*cb - 0.813*cr),
				B: nearest(light + 2.017*cb), A: alpha(x, y)})
		}
	}
	return out
}

func nearest(v float64) uint8 { return uint8(max(0, min(255, v+0.5))) }
