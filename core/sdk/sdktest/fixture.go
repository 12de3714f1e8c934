package sdktest

import (
	"encoding/json"
	"os"
	"testing"
)

// Read decodes a file that a testdata/fixtures.py wrote: reference numbers from another
// library.
func Read(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Frame returns the pixels, uint8 [size,size,3], that the fixtures of augmentations start
// from. Every testdata/fixtures.py that needs it repeats the formula, modulo 256: whoever
// changes one changes all.
func Frame(size int) []uint8 {
	out := make([]uint8, 0, size*size*3)
	for y := range size {
		for x := range size {
			for c := range 3 {
				out = append(out, uint8(37*x+91*y+53*c+5*x*y))
			}
		}
	}
	return out
}
