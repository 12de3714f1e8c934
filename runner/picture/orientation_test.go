package picture

import (
	"image"
	"slices"
	"testing"
)

// TestOrientationTurns turns a picture of 3×2 numbers as EXIF says.
func TestOrientationTurns(t *testing.T) {
	for o, want := range map[orientation][]int{
		0: {0, 1, 2, 3, 4, 5},
		1: {0, 1, 2, 3, 4, 5},
		2: {2, 1, 0, 5, 4, 3},
		3: {5, 4, 3, 2, 1, 0},
		4: {3, 4, 5, 0, 1, 2},
		5: {0, 3, 1, 4, 2, 5},
		6: {3, 0, 4, 1, 5, 2},
		7: {5, 2, 4, 1, 3, 0},
		8: {2, 5, 1, 4, 0, 3},
		9: {0, 1, 2, 3, 4, 5},
	} {
		first, right, down := o.steps(3, 2)
		seen := o.size(image.Pt(3, 2))
		var got []int
		for y := range seen.Y {
			for x := range seen.X {
				got = append(got, first+x*right+y*down)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", o, got, want)
		}
	}
}

// TestOrientationStores cuts a part out of the stored picture and out of the turned one.
func TestOrientationStores(t *testing.T) {
	for o := orientation(1); o <= 8; o++ {
		stored := image.Pt(7, 5)
		whole := o.size(stored)
		seen := part{whole: whole, x: 1, y: 2, w: 3, h: 2}
		first, right, down := o.steps(stored.X, stored.Y)
		cut := o.stored(seen)
		cutFirst, cutRight, cutDown := o.steps(cut.w, cut.h)
		for y := range seen.h {
			for x := range seen.w {
				want := first + (seen.x+x)*right + (seen.y+y)*down
				at := cutFirst + x*cutRight + y*cutDown
				if got := (cut.y+at/cut.w)*stored.X + cut.x + at%cut.w; got != want {
					t.Errorf("%d: pixel %d,%d is %d, want %d", o, x, y, got, want)
				}
			}
		}
	}
}
