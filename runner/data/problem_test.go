package data

import (
	"slices"
	"testing"
)

// TestWith: what is wrong with a file is told once, though several data sets read it; equal
// problems of one data set stay.
func TestWith(t *testing.T) {
	a, b := Problem{File: "a", Line: 1, Text: "x"}, Problem{File: "a", Line: 2, Text: "x"}
	if got := (Problems{a}).With(Problems{a, b, b}); !slices.Equal(got, Problems{a, b, b}) {
		t.Errorf("got %v", got)
	}
}
