package data

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write puts a file below a test's folder.
func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// photo is a JPEG of one colour.
func photo(t *testing.T, grey uint8) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range picture.Pix {
		picture.Pix[i] = grey
	}
	picture.Set(3, 3, color.White)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// truncated is a JPEG with a sound header and half a body.
func truncated(t *testing.T) []byte {
	content := photo(t, 90)
	return content[:len(content)-40]
}

// folder writes a data set: a CSV file and sound frames for the ids.
func folder(t *testing.T, csv string, frames int, ids ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "train.csv"), []byte(csv))
	for _, id := range ids {
		for i := range frames {
			write(t, filepath.Join(dir, "frames", id, frameName(i)), photo(t, uint8(10+i*20)))
		}
	}
	return filepath.Join(dir, "train.csv")
}

func frameName(i int) string { return string(rune('a'+i)) + ".jpg" }

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
