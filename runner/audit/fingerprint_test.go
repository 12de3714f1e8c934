package audit

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"montage/runner/picture"
)

// looked is the look of a file's content.
func looked(t *testing.T, content []byte) look {
	t.Helper()
	pixels := make([]uint8, 3*side*side)
	if err := (&picture.Decoder{Size: side}).Square(pixels, content); err != nil {
		t.Fatal(err)
	}
	return lookOf(pixels)
}

// TestChangedPicturesAreFound holds README.md's table: how many of the synthetic frames are found after a change.
func TestChangedPicturesAreFound(t *testing.T) {
	dir, _ := drawn(t)
	paths, err := filepath.Glob(filepath.Join(dir, "frames", "*", "*.jpg"))
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d frames, %v", len(paths), err)
	}
	var originals []look
	for _, path := range paths {
		originals = append(originals, looked(t, read(t, path)))
	}
	for name, c := range map[string]struct {
		changes []change
		least   float64
	}{
		"encoded again":         {nil, 0.98},
		"half as large":         {[]change{resized(0.5)}, 0.9}, // some are then 20 pixels wide
		"twice as large":        {[]change{resized(2)}, 0.98},
		"mirrored":              {[]change{mirrored}, 0.98},
		"mirrored and resized":  {[]change{mirrored, resized(0.7)}, 0.95},
		"cropped by 2 % a side": {[]change{cropped(0.02)}, 0.8},
		"cropped by 3 % a side": {[]change{cropped(0.03)}, 0.2},
		"brighter by a fifth":   {[]change{lit(1.2)}, 0.95},
		"darker by a third":     {[]change{lit(0.67)}, 0.95},
	} {
		var looks []look
		for _, path := range paths {
			looks = append(looks, looked(t, changed(t, read(t, path), c.changes...)))
		}
		x, found, flat := newIndex(append(slices.Clone(originals), looks...)), 0, 0
		for i, l := range originals {
			if l.flat() {
				flat++
				continue
			}
			near := x.before(len(originals) + i)
			if slices.ContainsFunc(near, func(n neighbour) bool { return n.picture == i }) {
				found++
			}
		}
		rate := float64(found) / float64(len(paths)-flat)
		t.Logf("%s: %.3f", name, rate)
		if rate < c.least || flat > len(paths)/20 {
			t.Errorf("%s: %.3f of %d were found, want %g; %d are flat", name, rate, len(paths), c.least, flat)
		}
	}
}

// TestMirroringTwiceIsNothing, and a mirror image has the mirrored fingerprint.
func TestMirroringTwiceIsNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pixels, turned := make([]uint8, 3*side*side), make([]uint8, 3*side*side)
	for i := range pixels {
		pixels[i] = uint8(rng.UintN(256))
	}
	for y := range side {
		for x := range side {
			copy(turned[3*(y*side+side-1-x):][:3], pixels[3*(y*side+x):])
		}
	}
	a, b := lookOf(pixels), lookOf(turned)
	// Sums in another order round differently, so a wave that is nearly dead may be on either side.
	if d := a.mirrored.distance(b.upright); d > 1 || a.upright.distance(b.mirrored) > 1 {
		t.Errorf("they differ in %d bits", d)
	}
	if a.upright.distance(b.upright) < 64 || a.flat() {
		t.Error("noise is its own mirror image, or flat")
	}
}

func TestFlatPictures(t *testing.T) {
	grey := func(value func(x, y int) uint8) []uint8 {
		pixels := make([]uint8, 0, 3*side*side)
		for y := range side {
			for x := range side {
				v := value(x, y)
				pixels = append(pixels, v, v, v)
			}
		}
		return pixels
	}
	for name, pixels := range map[string][]uint8{
		"black":    grey(func(int, int) uint8 { return 0 }),
		"white":    grey(func(int, int) uint8 { return 255 }),
		"gradient": grey(func(x, _ int) uint8 { return uint8(8 * x) }),
		"bars": grey(func(_, y int) uint8 {
			if y < 4 || y >= side-4 {
				return 0
			}
			return 90
		}),
	} {
		if l := lookOf(pixels); !l.flat() {
			t.Errorf("%s has %d waves, is not flat", name, l.waves)
		}
	}
}
