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

// TestProblemString: what a user names for a prediction is in no file.
func TestProblemString(t *testing.T) {
	for want, p := range map[string]Problem{
		"x": {Text: "x"}, "a: x": {File: "a", Text: "x"}, "a:2: x": {File: "a", Line: 2, Text: "x"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestReason: the file, which lists have in a column of its own, is left out of the reason.
func TestReason(t *testing.T) {
	for text, want := range map[string]string{
		"frame a/1.jpg: the file is empty":      "the file is empty",
		"frame a/1.jpg is not a regular file":   "is not a regular file",
		"invalid JPEG format: bad Huffman code": "invalid JPEG format: bad Huffman code",
	} {
		if got := (Problem{File: "a.csv", Line: 2, Path: "a/1.jpg", Text: text}).Reason(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
