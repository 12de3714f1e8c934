package data

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/runner/data/datatest"
)

// truncated is a JPEG with a sound header and half a body.
func truncated(t *testing.T) []byte {
	content := datatest.Photo(t, 90)
	return content[:len(content)-40]
}

// open checks a data set of the ids in a CSV file; all have the one label.
func open(t *testing.T, path string) *Dataset {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := &Dataset{Classes: []string{"X"}}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		id, _, _ := strings.Cut(line, ",")
		d.Samples = append(d.Samples, Sample{ID: id, Dir: filepath.Join(filepath.Dir(path), "frames", id),
			Labels: []int{0}, File: path, Line: i + 2})
	}
	d, err = Check(context.Background(), d, Checking{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// single is a sample of one frame.
func single(path string) Sample {
	return Sample{Dir: filepath.Dir(path), Frames: []string{filepath.Base(path)}}
}
