package picture

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
)

// TestRevision holds the pixels of some files. Where they are others, caches on disk must not
// be used any more: raise revision, and say in the change log that trainings change.
func TestRevision(t *testing.T) {
	sum := sha256.New()
	for _, name := range []string{"alpha.png", "cmyk.jpg", "deep.png", "grey.jpg", "lossy.webp", "lzw.tiff",
		"palette.gif", "plain.bmp", "plain.jpg", "progressive.jpg", "turned6.jpg", "heif/plain.avif",
		"heif/plain.heic", "kind/animated.webp", "turned/6.png", "turned/6.tiff", "turned/6.webp"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, resize := range []Resize{Squash, Crop, Fit} {
			d := Decoder{Size: 24, Resize: resize, Background: Background{9, 99, 199}}
			pixels := make([]uint8, 3*24*24)
			if err := d.Square(pixels, content); err != nil {
				t.Fatal(name, err)
			}
			sum.Write(pixels)
		}
	}
	const want = "revision 1, 4960bbbbf62cd09319d09163c3f85ba1b64f03fed4780a1a3d720a50910860f0"
	if got := fmt.Sprintf("revision %d, %x", revision, sum.Sum(nil)); got != want {
		t.Errorf("pixels have %s, want %s", got, want)
	}
}

func TestIdentity(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range []*Decoder{{Size: 8}, {Size: 9}, {Size: 8, Resize: Crop}, {Size: 8, Background: Background{1}}} {
		seen[d.Identity()] = true
	}
	if len(seen) != 4 {
		t.Errorf("identities %v", seen)
	}
}
