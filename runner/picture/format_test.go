package picture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"testing"
)

// TestPixelsArePillows compares every format with Pillow, alpha over white. Lossless
// formats agree but for the rounding of alpha. JPEG differs by the rounding of its cosine
// transform, in CMYK by that of the conversion too; lossy WebP by how colours are enlarged.
func TestPixelsArePillows(t *testing.T) {
	var fixture struct {
		Pixels map[string]struct {
			Size [2]int
			RGB  string
		}
	}
	text, err := os.ReadFile("testdata/pixels.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &fixture); err != nil || len(fixture.Pixels) < 14 {
		t.Fatal(err, len(fixture.Pixels))
	}
	tolerance := map[string]int{"plain.jpg": 3, "grey.jpg": 2, "cmyk.jpg": 4, "progressive.jpg": 3, "turned.jpg": 3,
		"alpha.png": 1, "alpha.webp": 1, "lossy.webp": 24}
	for name, want := range fixture.Pixels {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := decode(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if size := got.Bounds().Size(); size != image.Pt(want.Size[0], want.Size[1]) {
			t.Errorf("%s: %v, want %v", name, size, want.Size)
			continue
		}
		wanted, err := hex.DecodeString(want.RGB)
		if err != nil {
			t.Fatal(err)
		}
		if off := farthest(got, wanted); off > tolerance[name] {
			t.Errorf("%s: a value is off by %d, at most %d", name, off, tolerance[name])
		}
	}
}

// farthest returns the largest difference of a picture over white from pixels.
func farthest(picture image.Image, pixels []uint8) (most int) {
	b := picture.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, a := picture.At(b.Min.X+x, b.Min.Y+y).RGBA()
			for c, v := range []uint32{r, g, bl} {
				off := int((v+0xffff-a+128)/257) - int(pixels[3*(y*b.Dx()+x)+c])
				most = max(most, off, -off)
			}
		}
	}
	return most
}

// TestBrokenExif: whatever an Exif segment holds, a picture is shown.
func TestBrokenExif(t *testing.T) {
	content, err := os.ReadFile("testdata/turned.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if o := exifOrientation(content); o != 6 {
		t.Fatalf("orientation %d, want 6", o)
	}
	for i := range 120 {
		for _, v := range []byte{0, 0x7f, 0xff} {
			broken := bytes.Clone(content)
			broken[2+i] = v
			if o := exifOrientation(broken); o < 1 || o > 8 {
				t.Errorf("byte %d: orientation %d", i, o)
			}
			exifOrientation(broken[:2+i])
		}
	}
}
