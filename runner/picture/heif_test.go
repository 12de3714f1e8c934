package picture

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// heifFixtures are the contents of files, and Pillow's pixels of them by the same names.
func heifFixtures(t *testing.T) (files map[string][]byte, shown map[string]image.Image) {
	t.Helper()
	files, shown = map[string][]byte{}, map[string]image.Image{}
	paths, err := filepath.Glob("testdata/heif/*.png")
	if err != nil || len(paths) < 30 {
		t.Fatal(err, len(paths))
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(path, ".png")
		if shown[filepath.Base(file)], err = png.Decode(bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if files[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return files, shown
}

// rgbOf returns the pixels of an opaque picture.
func rgbOf(p image.Image) (pixels []uint8) {
	b := p.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := p.At(x, y).RGBA()
			pixels = append(pixels, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
	return pixels
}

// TestHEIFIsPillows compares AVIF and HEIC with Pillow, which has newer versions of the
// libraries. Values differ by rounding, those of more than 8 bits a little more, and where
// colours have half the size: Pillow interpolates them or not, we repeat them in HEIC.
func TestHEIFIsPillows(t *testing.T) {
	tolerance := map[string]int{"alpha.avif": 1, "deep.avif": 3, "deep.heic": 2, "deep_alpha.heic": 2, "grid.heic": 1,
		"half.heic": 5, "halved.avif": 4, "halved.heic": 5, "limited.heic": 1, "odd.heic": 4, "sequence.heic": 1,
		"unsaid.heic": 1}
	files, shown := heifFixtures(t)
	for name, content := range files {
		info, err := Check(bytes.NewReader(content))
		if want := strings.ToUpper(filepath.Ext(name)[1:]); err != nil || info.Format != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		got, err := decode(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Bounds().Size() != shown[name].Bounds().Size() {
			t.Errorf("%s: %v, want %v", name, got.Bounds(), shown[name].Bounds())
			continue
		}
		if off := farthest(got, rgbOf(shown[name])); off > tolerance[name] {
			t.Errorf("%s: a value is off by %d, at most %d", name, off, tolerance[name])
		}
	}
}

// TestHEIFSquares makes squares of pictures that are turned, transparent and in tiles, as
// of Pillow's pixels.
func TestHEIFSquares(t *testing.T) {
	files, shown := heifFixtures(t)
	for _, name := range []string{"turned6.avif", "turned6.heic", "deep.avif", "grid.heic", "alpha.heic"} {
		d := Decoder{Size: 16, Resize: Crop, Background: Background{255, 255, 255}}
		got, want := make([]uint8, 3*16*16), make([]uint8, 3*16*16)
		if err := d.Square(got, files[name]); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := d.Square(want, encodePNG(t, shown[name])); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if off := int(got[i]) - int(want[i]); off > 3 || off < -3 {
				t.Errorf("%s: value %d is off by %d", name, i, off)
				break
			}
		}
	}
}

// TestHEIFBroken: files that are cut or changed are read or refused, and never stop the
// program.
func TestHEIFBroken(t *testing.T) {
	files, _ := heifFixtures(t)
	for _, name := range []string{"alpha.avif", "grid.heic"} {
		content := files[name]
		for _, part := range []int{10, 40, len(content) / 2, len(content) - 30} {
			if _, err := decode(content[:part]); err == nil {
				t.Errorf("%s: the first %d bytes are read as a whole picture", name, part)
			}
		}
		for i := 0; i < len(content); i += len(content)/12 + 1 {
			broken := bytes.Clone(content)
			broken[i] ^= 0xff
			if _, err := decode(broken); err != nil && strings.Contains(err.Error(), "runtime error") {
				t.Errorf("%s with byte %d changed: %v", name, i, err) // a panic of ours, which decode catches
			}
		}
	}
	size := []byte("ispe\x00\x00\x00\x00")
	bomb := bytes.ReplaceAll(files["plain.heic"], append(size, 0), append(size, 1))
	if _, err := Check(bytes.NewReader(bomb)); err == nil || !strings.Contains(err.Error(), "at most 65535 a side") {
		t.Errorf("a picture of 16 million columns: %v", err)
	}
}
