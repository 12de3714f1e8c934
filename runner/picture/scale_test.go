package picture

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/image/draw"
)

// noise returns a picture of a kind, of random pixels.
func noise(r *rand.Rand, kind string, w, h int) image.Image {
	b := image.Rect(0, 0, w, h)
	fill := func(p []uint8) {
		for i := range p {
			p[i] = uint8(r.Uint32())
		}
	}
	ratios := map[string]image.YCbCrSubsampleRatio{"444": image.YCbCrSubsampleRatio444,
		"440": image.YCbCrSubsampleRatio440, "422": image.YCbCrSubsampleRatio422,
		"420": image.YCbCrSubsampleRatio420, "411": image.YCbCrSubsampleRatio411, "410": image.YCbCrSubsampleRatio410}
	if ratio, ok := ratios[kind]; ok {
		p := image.NewYCbCr(b, ratio)
		fill(p.Y)
		fill(p.Cb)
		fill(p.Cr)
		return p
	}
	switch kind {
	case "gray":
		p := image.NewGray(b)
		fill(p.Pix)
		return p
	case "gray16":
		p := image.NewGray16(b)
		fill(p.Pix)
		return p
	case "nrgba":
		p := image.NewNRGBA(b)
		fill(p.Pix)
		return p
	case "nrgba64":
		p := image.NewNRGBA64(b)
		fill(p.Pix)
		return p
	case "cmyk":
		p := image.NewCMYK(b)
		fill(p.Pix)
		return p
	case "paletted":
		p := image.NewPaletted(b, color.Palette{color.Black, color.NRGBA{9, 99, 200, 100}, color.White})
		fill(p.Pix)
		for i := range p.Pix {
			p.Pix[i] %= 3
		}
		return p
	}
	p := image.NewRGBA(b)
	fill(p.Pix)
	for i := range p.Pix { // no light without being there
		p.Pix[i] = min(p.Pix[i], p.Pix[i|3])
	}
	return p
}

// TestScaleIsDraws holds that pixels are those that golang.org/x/image/draw makes, bit
// by bit, so that no training changes.
func TestScaleIsDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []string{"444", "440", "422", "420", "411", "410", "gray", "gray16", "rgba", "nrgba",
		"nrgba64", "cmyk", "paletted"} {
		for range 12 {
			picture := noise(r, kind, 1+r.IntN(70), 1+r.IntN(70))
			if r.IntN(3) == 0 && kind != "411" && kind != "410" { // a part of one, at odd places
				cut := picture.(interface {
					SubImage(image.Rectangle) image.Image
				})
				b := picture.Bounds()
				picture = cut.SubImage(image.Rect(b.Max.X/2, b.Max.Y/3, b.Max.X, b.Max.Y))
			}
			size := 1 + r.IntN(40)
			want := image.NewRGBA(image.Rect(0, 0, size, size))
			draw.BiLinear.Scale(want, want.Rect, picture, picture.Bounds(), draw.Src, nil)
			var s scaler
			s.prepare(picture.Bounds().Size(), Squash.part(picture.Bounds().Size(), size))
			s.scale(picture)
			if !slices.Equal(s.bytes, want.Pix) {
				t.Errorf("%s %v to %d: other pixels", kind, picture.Bounds(), size)
			}
		}
	}
}

func TestScalePart(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	picture := noise(r, "nrgba", 61, 23)
	whole := image.NewRGBA(image.Rect(0, 0, 40, 15))
	draw.BiLinear.Scale(whole, whole.Rect, picture, picture.Bounds(), draw.Src, nil)
	var s scaler
	s.prepare(picture.Bounds().Size(), part{whole: image.Pt(40, 15), x: 7, y: 3, w: 21, h: 9})
	s.scale(picture)
	for y := range 9 {
		if !slices.Equal(s.bytes[y*84:][:84], whole.Pix[whole.PixOffset(7, 3+y):][:84]) {
			t.Fatalf("row %d differs", y)
		}
	}
}

func BenchmarkScale(b *testing.B) {
	picture := noise(rand.New(rand.NewPCG(5, 6)), "420", 640, 360)
	b.Run("ours", func(b *testing.B) {
		var s scaler
		s.prepare(picture.Bounds().Size(), Squash.part(picture.Bounds().Size(), 224))
		for b.Loop() {
			s.scale(picture)
		}
	})
	b.Run("draw", func(b *testing.B) {
		z := draw.BiLinear.NewScaler(224, 224, 640, 360)
		square := image.NewRGBA(image.Rect(0, 0, 224, 224))
		for b.Loop() {
			z.Scale(square, square.Rect, picture, picture.Bounds(), draw.Src, nil)
		}
	})
}
