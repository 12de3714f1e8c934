package picture

import (
	"fmt"
	"image"
	"math"
)

// Resize says how a picture that is not square becomes one. The filter is always the
// same: bilinear; in shrinking it is widened to the source pixels that a target pixel
// covers, so that fine detail turns grey instead of into patterns.
//
// Source: torchvision's Resize with antialias=True, which is Pillow's resize with
// BILINEAR. Differs: by rounding, up to 1 in 255, since Pillow rounds to bytes
// between the horizontal and the vertical pass.
type Resize string

const (
	// Squash squeezes the whole picture into the square, whatever its proportions, as
	// torchvision's Resize((size, size)). The zero Resize does the same.
	Squash Resize = "squash"
	// Crop makes the shorter side as long as the square's and takes the middle of the
	// longer one, as torchvision's Resize(size) and CenterCrop(size).
	Crop Resize = "crop"
	// Fit makes the longer side as long as the square's and puts the picture into the
	// middle of the square, on the background, as Pillow's ImageOps.pad.
	Fit Resize = "fit"
)

// ParseResize returns the Resize of a name, Squash for none.
func ParseResize(name string) (Resize, error) {
	switch r := Resize(name); r {
	case "":
		return Squash, nil
	case Squash, Crop, Fit:
		return r, nil
	}
	return "", fmt.Errorf("resize %q, expected squash, crop or fit", name)
}

// part is the part of a resized picture that is shown.
type part struct {
	whole image.Point // of the resized picture
	x, y  int         // where the part starts in it
	w, h  int         // of the part
}

// part returns the size to which a picture is scaled and what of it is shown in a square.
func (r Resize) part(source image.Point, size int) part {
	p := part{whole: image.Pt(size, size), w: size, h: size}
	switch w, h := source.X, source.Y; {
	case r == Crop && w < h:
		p.whole.Y = size * h / w
		p.y = half(p.whole.Y - size)
	case r == Crop:
		p.whole.X = size * w / h
		p.x = half(p.whole.X - size)
	case r == Fit && w < h:
		p.w = fitted(w, h, size)
		p.whole.X = p.w
	case r == Fit:
		p.h = fitted(h, w, size)
		p.whole.Y = p.h
	}
	return p
}

// half rounds half of n as Python's round does: to the even one of two neighbours.
func half(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

// fitted returns the length of the shorter side where the longer one is size.
func fitted(shorter, longer, size int) int {
	return max(1, int(math.RoundToEven(float64(shorter)/float64(longer)*float64(size))))
}
