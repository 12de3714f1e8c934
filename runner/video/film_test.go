package video

import (
	"encoding/csv"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"montage/core/spec"
	"montage/runner/data/datatest"
)

// installed returns the ffmpeg of the machine.
func installed(t *testing.T) Tool {
	t.Helper()
	tool, err := Find(t.Context(), datatest.FFmpeg(t))
	if err != nil {
		t.Fatal(err)
	}
	return tool
}

// draw has ffmpeg draw a video into a new folder.
func draw(t *testing.T, name, graph string, encoder ...string) (Tool, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	datatest.Video(t, path, graph, encoder...)
	return installed(t), path
}

// long leaves a test out of the short ones: it starts many processes.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("draws and decodes several videos")
	}
	t.Parallel()
}

// every takes all frames that the method finds.
func every(with change) spec.VideoTable {
	c := spec.DefaultVideo()
	c.Duplicates, c.MinFrames, c.KeepBars = -1, 1, true
	with(&c)
	return c
}

// extract makes the key frames of a video, beside it.
func extract(t *testing.T, tool Tool, path string, c spec.VideoTable) (dir string, frames []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "frames")
	r := tool.Extract(t.Context(), Video{ID: "film", Path: path, Dir: dir}, c)
	if r.Err != nil || len(r.Frames) == 0 {
		t.Fatalf("%s: %d frames, %v", path, len(r.Frames), r.Err)
	}
	return dir, r.Frames
}

// scenesOf reads the CSV of scenes, without its header.
func scenesOf(t *testing.T, dir string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, tableName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[1:]
}

func picture(t *testing.T, path ...string) image.Image {
	t.Helper()
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := jpeg.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// light returns the brightness of a pixel, from 0 to 255.
func light(img image.Image, x, y int) int {
	r, g, b, _ := img.At(x, y).RGBA()
	return int(r+g+b) / 3 >> 8
}

// left lists what is in a folder besides what is named.
func left(t *testing.T, dir string, named ...string) (names []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !slices.Contains(named, f.Name()) {
			names = append(names, f.Name())
		}
	}
	return names
}
