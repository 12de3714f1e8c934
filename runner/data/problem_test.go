package data

import "testing"

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
