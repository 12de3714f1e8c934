package synth

import (
	"fmt"
	"image"
	"math"
	"testing"

	"montage/core/rng"
)

// brightness is the mean grey of a part of a picture, given in parts of its sides.
func brightness(p *image.RGBA, x0, y0, x1, y1 float64) float64 {
	w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
	sum, n := 0.0, 0.0
	for y := int(y0 * h); y < int(y1*h); y++ {
		for x := int(x0 * w); x < int(x1*w); x++ {
			c := p.RGBAAt(x, y)
			sum += float64(c.R) + float64(c.G) + float64(c.B)
			n += 3
		}
	}
	return sum / n
}

// TestWorldIsUpright checks for the clues by which rotations and flips can be recognised.
func TestWorldIsUpright(t *testing.T) {
	const trailers = 60
	above, left := 0, 0
	for i := range uint64(trailers) {
		f := newFilm(Config{Size: 96, Classes: 10}, trailer{genres: []int{int(i) % 10}, key: rng.New(i)})
		p := f.frame(0)
		if brightness(p, 0, 0, 1, 0.3) > brightness(p, 0, 0.7, 1, 1)+10 {
			above++
		}
		if brightness(p, 0, 0, 0.4, 0.3) > brightness(p, 0.6, 0, 1, 0.3) {
			left++
		}
	}
	if above < trailers*9/10 || left < trailers*9/10 {
		t.Errorf("of %d frames %d are brighter above, %d on the left", trailers, above, left)
	}
}

func TestFramesDiffer(t *testing.T) {
	f := newFilm(Config{Size: 96, Classes: 10}, trailer{genres: []int{1}, key: rng.New(1)})
	first := string(f.frame(0).Pix)
	if string(f.frame(1).Pix) == first {
		t.Error("two frames are the same")
	}
	if string(f.frame(0).Pix) != first {
		t.Error("a frame depends on the one before")
	}
}

// grid samples a shape and a texture.
func grid(at func(u, v float64) float64) []float64 {
	var values []float64
	for v := 0.025; v < 1; v += 0.05 {
		for u := -0.95; u < 1; u += 0.1 {
			values = append(values, at(u, v))
		}
	}
	return values
}

// distance is the part of a grid in which two differ.
func distance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(a[i] - b[i])
	}
	return sum / float64(len(a))
}

func inside(s shape) func(u, v float64) float64 {
	return func(u, v float64) float64 {
		if s(u, v) {
			return 1
		}
		return 0
	}
}

func TestShapesAreNotTheirMirrorImages(t *testing.T) {
	for i, s := range shapes {
		mirror := func(u, v float64) bool { return s(-u, v) }
		upset := func(u, v float64) bool { return s(u, 1-v) }
		if d := distance(grid(inside(s)), grid(inside(mirror))); d < 0.03 {
			t.Errorf("shape %d and its mirror image differ in %.3f", i, d)
		}
		if d := distance(grid(inside(s)), grid(inside(upset))); d < 0.1 {
			t.Errorf("shape %d and itself upside down differ in %.3f", i, d)
		}
		for j := range i {
			if d := distance(grid(inside(s)), grid(inside(shapes[j]))); d < 0.15 {
				t.Errorf("shapes %d and %d differ in %.3f", i, j, d)
			}
		}
	}
}

// TestMotifsDiffer compares all pairs of 85 genres by what is painted: the colour
// of each point of the object, or none.
func TestMotifsDiffer(t *testing.T) {
	paintings := make([][]float64, 85)
	for genre := range paintings {
		m := motifOf(genre)
		for ch := range 3 {
			paintings[genre] = append(paintings[genre], grid(func(u, v float64) float64 {
				if !m.shape(u, v) {
					return 0
				}
				if m.texture(u, v) {
					return float64(hsv(m.hue, 0.8, 0.95)[ch])
				}
				return float64(hsv(m.other, 0.8, 0.5)[ch])
			})...)
		}
	}
	closest, pair := 1.0, ""
	for a := range paintings {
		for b := range a {
			if d := distance(paintings[a], paintings[b]); d < closest {
				closest, pair = d, fmt.Sprint(b, " and ", a)
			}
		}
	}
	if closest < 0.05 {
		t.Errorf("genres %s differ in %.3f", pair, closest)
	}
	t.Logf("closest genres: %s (%.3f)", pair, closest)
}

func TestHSV(t *testing.T) {
	for _, c := range []struct {
		hue, saturation, value float64
		want                   colour
	}{
		{0, 1, 1, colour{1, 0, 0}},
		{1. / 3, 1, 1, colour{0, 1, 0}},
		{2. / 3, 1, 0.5, colour{0, 0, 0.5}},
		{-1. / 6, 1, 1, colour{1, 0, 1}},
		{0.4, 0, 0.7, colour{0.7, 0.7, 0.7}},
	} {
		got := hsv(c.hue, c.saturation, c.value)
		for i := range got {
			if math.Abs(float64(got[i]-c.want[i])) > 1e-6 {
				t.Errorf("hsv(%g, %g, %g) is %v, want %v", c.hue, c.saturation, c.value, got, c.want)
			}
		}
	}
}
