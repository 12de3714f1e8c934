package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
)

// TestKindsArePillows compares kinds of formats, and files that are turned by Exif, with
// Pillow. It truncates colours of 16 bits, and we round them.
func TestKindsArePillows(t *testing.T) {
	tolerance := map[string]int{"deep.tiff": 1, "palette.tiff": 1, "animated_alpha.webp": 3}
	kinds, _ := filepath.Glob("testdata/kind/*.*.png")
	turned, _ := filepath.Glob("testdata/turned/*.*.png")
	if len(kinds) < 12 || len(turned) != 22 {
		t.Fatal(len(kinds), len(turned))
	}
	for _, path := range slices.Concat(kinds, turned) {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := png.Decode(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(path, ".png")
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		got, err := decode(content)
		if err != nil || got.Bounds().Size() != shown.Bounds().Size() {
			t.Errorf("%s: another size, or error %v", file, err)
			continue
		}
		if off, most := farthest(got, rgbOf(shown)), tolerance[filepath.Base(file)]; off > most {
			t.Errorf("%s: a value is off by %d, at most %d", file, off, most)
		}
	}
}

// TestFrameOnCanvas: the first frame of an animation may be smaller than the whole.
func TestFrameOnCanvas(t *testing.T) {
	content, err := os.ReadFile("testdata/kind/animated.webp")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := decode(content)
	if err != nil {
		t.Fatal(err)
	}
	const canvas, frame = 12 + 8 + 4, 4 + 4
	content[canvas], content[canvas+3] = 39, 29 // 40×30, less one
	at := bytes.Index(content, []byte("ANMF")) + frame
	content[at], content[at+3] = 3, 1 // twice as many pixels
	got, err := decode(content)
	if err != nil || got.Bounds() != image.Rect(0, 0, 40, 30) {
		t.Fatal(got.Bounds(), err)
	}
	if got.At(6, 2) != whole.At(0, 0) || got.At(37, 25) != whole.At(31, 23) || got.At(5, 2) != (color.NRGBA{}) {
		t.Errorf("%v %v %v", got.At(6, 2), got.At(37, 25), got.At(5, 2))
	}
	content[at+6] = 30 // a frame narrower than its picture
	if _, err := decode(content); err == nil {
		t.Error("a frame of another size than its picture's is read")
	}
}

// TestUnread: what is not read is refused by name when its header is read, with what to do.
func TestUnread(t *testing.T) {
	file := func(name string) []byte {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	start := bytes.Index(file("plain.jpg"), []byte{0xff, 0xc0})
	frame := func(at int, v byte) []byte {
		content := file("plain.jpg")
		content[start+at] = v
		return content
	}
	for _, c := range []struct {
		content []byte
		want    string
	}{
		{frame(1, 0xc9), "an arithmetic-coded JPEG, which is not read\nhint: make it an ordinary JPEG"},
		{frame(1, 0xc3), "a lossless JPEG, which is not read\nhint: convert"},
		{frame(1, 0xc5), "a hierarchical JPEG, which is not read\nhint: convert"},
		{frame(4, 12), "a JPEG of more than 8 bits a channel, which is not read\nhint: write the picture again"},
		{file("kind/jpeg.tiff"), "a TIFF that holds a JPEG, which is not read\nhint: convert"},
		{file("kind/cmyk.tiff"), "a TIFF of the colours of print, CMYK, which is not read\nhint: convert"},
		{file("kind/planes.tiff"), "a TIFF with a plane for each channel, which is not read\nhint: convert"},
		{file("kind/float.tiff"), "a TIFF with floating-point or signed numbers, which is not read\nhint: convert"},
		{file("kind/signed.tiff"), "a TIFF with floating-point or signed numbers, which is not read\nhint: convert"},
		{[]byte("\xff\x0a\x00"), "a JPEG XL file, which is not read\nhint: convert the files by libjxl's djxl"},
		{[]byte("8BPS\x00\x01"), "a Photoshop file, which is not read\nhint: convert"},
		{[]byte("<svg xmlns="), "an SVG drawing, which is not read\nhint: draw it at a size"},
		{[]byte("II*\x00\x10\x00\x00\x00CR\x02"), "a camera's RAW file, which is not read\nhint: develop"},
		{[]byte("\x00\x00\x00\x20ftypisom\x00\x00"), "a video, which is not read\nhint: runner keyframes"},
		{[]byte("version https://git-lfs.github.com/spec/v1"), "a pointer of Git LFS, which is not read\nhint: fetch"},
	} {
		if _, err := Check(bytes.NewReader(c.content)); err == nil || !strings.HasPrefix(hint.Text(err), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if kind, remedy, found := Remedy("a/b.DNG"); !found || kind != "RAW" || remedy != develop {
		t.Error(kind, remedy, found)
	}
	if _, _, found := Remedy("a.png"); found {
		t.Error("a PNG file is not read")
	}
}

// FuzzHeader: whatever a file holds, its header is read or refused, and so is its Exif.
func FuzzHeader(f *testing.F) {
	for _, pattern := range []string{"testdata/*.*g", "testdata/*.*f", "testdata/kind/*", "testdata/turned/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal(pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if info, err := Check(bytes.NewReader(content)); err == nil && (info.Width < 1 || info.Width > maxSide) {
			t.Error(info)
		}
		if o := exifOrientation(content); o < 1 || o > 8 {
			t.Error(o)
		}
		firstFrame(content)
	})
}
