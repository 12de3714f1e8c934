package heif

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead: whatever a file holds, reading it ends with a description or an error, and the
// file of the transparency differs from the whole in the number of an item.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("../testdata/heif/*.*i[cf]")
	if err != nil || len(paths) < 30 {
		f.Fatal(err, paths)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		still, err := Read(bytes.NewReader(content))
		if err != nil {
			return
		}
		if still.Orientation < 1 || still.Orientation > 8 {
			t.Errorf("orientation %d", still.Orientation)
		}
		if file, found := still.AlphaFile(content); found {
			off := 0
			for i := range file {
				if file[i] != content[i] {
					off++
				}
			}
			if off > 4 || len(file) != len(content) {
				t.Errorf("%d bytes differ", off)
			}
		}
	})
}

// TestRead reads what the script that wrote the files put in.
func TestRead(t *testing.T) {
	plain, narrow, wide := Colours{6, true}, Colours{6, false}, Colours{9, true}
	for name, want := range map[string]Still{
		"plain.avif":   {Coding: "av01", Width: 32, Height: 24, Orientation: 1, Colours: &plain},
		"limited.avif": {Coding: "av01", Width: 64, Height: 48, Orientation: 1, Colours: &narrow},
		"turned7.avif": {Coding: "av01", Width: 33, Height: 25, Orientation: 7, Colours: &plain},
		"odd.heic":     {Coding: "hvc1", Width: 33, Height: 25, Orientation: 1, Depth: 8, Colours: &plain},
		"wide.heic":    {Coding: "hvc1", Width: 64, Height: 48, Orientation: 1, Depth: 8, Colours: &wide},
		"deep_alpha.heic": {Coding: "hvc1", Width: 32, Height: 24, Orientation: 1, Depth: 10, Colours: &plain,
			alpha: 2},
		"grid.heic":     {Coding: "hvc1", Width: 150, Height: 100, Orientation: 1, Depth: 8, Colours: &plain},
		"unsaid.heic":   {Coding: "hvc1", Width: 100, Height: 60, Orientation: 1, Depth: 8, Colours: &plain},
		"sequence.heic": {Coding: "hvc1", Width: 64, Height: 48, Orientation: 1, Depth: 8, Colours: &Colours{1, false}},
	} {
		content, err := os.ReadFile("../testdata/heif/" + name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if (got.Colours == nil) != (want.Colours == nil) || got.Colours != nil && *got.Colours != *want.Colours {
			t.Errorf("%s: colours %v, want %v", name, got.Colours, want.Colours)
		}
		got.Colours, want.Colours, got.primaryAt, got.Whole = nil, nil, 0, [2]int{}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// FuzzColoursOf: whatever a sequence's parameters hold, reading them ends.
func FuzzColoursOf(f *testing.F) {
	for _, name := range []string{"sequence.heic", "deep_alpha.heic", "grid.heic"} {
		content, err := os.ReadFile("../testdata/heif/" + name)
		if err != nil {
			f.Fatal(err)
		}
		_, hvcC, found := bytes.Cut(content, []byte("hvcC"))
		if !found || coloursOf(hvcC) == nil {
			f.Fatalf("%s: no colours", name)
		}
		f.Add(hvcC[:min(len(hvcC), 200)])
	}
	f.Fuzz(func(t *testing.T, hvcC []byte) { coloursOf(hvcC) })
}
