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
