package data

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"montage/runner/data/datatest"
)

// BenchmarkFrame reads a frame of high definition, as samples have them.
func BenchmarkFrame(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	picture := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i/40%160 + r.IntN(30))
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "frame.jpg")
	datatest.Write(b, path, file.Bytes())
	l := NewLoader(LoaderConfig{Size: 224})
	pixels := make([]uint8, l.FrameBytes())
	b.ReportAllocs()
	for b.Loop() {
		if err := l.frame(single(path), 0, pixels); err != nil {
			b.Fatal(err)
		}
	}
}
