package picture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fixtures are Pillow's and torchvision's pixels.
type fixtures struct {
	Pixels map[string]struct {
		Size [2]int
		RGB  string
	}
	Squares map[string]string
}

func readFixtures(t *testing.T) (f fixtures) {
	t.Helper()
	text, err := os.ReadFile("testdata/pixels.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil || len(f.Pixels) < 20 || len(f.Squares) < 18 {
		t.Fatal(err, len(f.Pixels), len(f.Squares))
	}
	return f
}

// TestPixelsArePillows compares every format with Pillow, alpha over white. Lossless
// formats agree. JPEG differs by the rounding of its cosine transform; lossy WebP at edges of
// colour, which Pillow interpolates: in a picture of large areas it does not.
func TestPixelsArePillows(t *testing.T) {
	fixture := readFixtures(t)
	tolerance := map[string]int{"plain.jpg": 2, "halved.jpg": 2, "grey.jpg": 1, "cmyk.jpg": 1, "progressive.jpg": 2,
		"lossy.webp": 4, "lossy_alpha.webp": 3}
	for o := 2; o <= 8; o++ {
		tolerance[fmt.Sprintf("turned%d.jpg", o)] = 2
	}
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

// TestSquaresAreTorchvisions compares every way to a square, of a wide and of a tall picture.
func TestSquaresAreTorchvisions(t *testing.T) {
	for name, want := range readFixtures(t).Squares {
		parts := strings.Fields(name)
		content, err := os.ReadFile(filepath.Join("testdata", parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		size, err := strconv.Atoi(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		d := Decoder{Size: size, Resize: Resize(parts[1]), Background: Background{10, 200, 90}}
		got := make([]uint8, 3*size*size)
		if err := d.Square(got, content); err != nil {
			t.Fatal(err)
		}
		pixels, err := hex.DecodeString(want)
		if err != nil || len(pixels) != len(got) {
			t.Fatal(err, len(pixels))
		}
		most := 0
		for i := range got {
			most = max(most, int(got[i])-int(pixels[i]), int(pixels[i])-int(got[i]))
		}
		// The JPEG differs by 2 before it is resized.
		if limit := map[string]int{".webp": 1, ".jpg": 2}[filepath.Ext(parts[0])]; most > limit {
			t.Errorf("%s: a value is off by %d, at most %d", name, most, limit)
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
	content, err := os.ReadFile("testdata/turned6.jpg")
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
