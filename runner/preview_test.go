package main

import (
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/pipeline"
	"montage/runner/preview"
)

// previewSpec mirrors every frame, and makes all six transformations of others.
const previewSpec = `
name = "preview"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
frames = 3
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
[strategy]
plugin = "sesemi"
transforms = "all"
[branch.supervised]
augment = [{ plugin = "mirror", p = 1.0 }]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
[branch.proxy]
head = { plugin = "mlp" }
loss = { plugin = "cross-entropy" }
[phase.joint]
epochs = 1
`

// sheet draws the preview of a spec over a data set in dir.
func sheet(t *testing.T, dir, text string, limits preview.Limits) (*preview.Sheet, *image.RGBA) {
	t.Helper()
	path := filepath.Join(dir, "preview.toml")
	write(t, path, text)
	s, problems := spec.Load(path, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	built, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: inProcess{}, Log: zerolog.Nop()})
	if err == nil {
		err = built.Build()
	}
	if err != nil {
		t.Fatal(err)
	}
	made, err := preview.New(t.Context(), built, limits)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := made.Draw()
	if err != nil {
		t.Fatal(err)
	}
	return made, picture
}

// reads compares a cell of the picture with another, read from where place says.
func reads(picture *image.RGBA, cell, source preview.Cell, place func(x, y int) (int, int)) bool {
	size := cell.At.Dx()
	for y := range size {
		for x := range size {
			u, v := place(x, y)
			if picture.RGBAAt(cell.At.Min.X+x, cell.At.Min.Y+y) != picture.RGBAAt(source.At.Min.X+u,
				source.At.Min.Y+v) {
				return false
			}
		}
	}
	return size == 32
}

func TestPreview(t *testing.T) {
	made, picture := sheet(t, contrastData(t, 8), previewSpec, preview.Limits{Samples: 2, Frames: 2})
	if len(made.Sections) != 2 {
		t.Fatalf("%d sections", len(made.Sections))
	}
	supervised, proxy := made.Sections[0], made.Sections[1]
	mirror := func(x, y int) (int, int) { return 31 - x, y }
	if len(supervised.Lines) != 4 || len(proxy.Lines) != 4 ||
		!slices.Equal(supervised.Columns, []string{"frame", "view image"}) {
		t.Fatalf("%d and %d lines, columns %q", len(supervised.Lines), len(proxy.Lines), supervised.Columns)
	}
	for _, line := range supervised.Lines {
		if !reads(picture, line[1], line[0], mirror) ||
			reads(picture, line[1], line[0], func(x, y int) (int, int) { return x, y }) {
			t.Errorf("%s: the view is not the mirrored frame", line[0].Text)
		}
		if !strings.HasPrefix(line[0].Text, "train-") || line[1].Text == "" {
			t.Errorf("the cells say %q and %q", line[0].Text, line[1].Text)
		}
	}
	transforms := []struct {
		name  string
		place func(x, y int) (int, int)
	}{
		{"0°", func(x, y int) (int, int) { return x, y }}, {"90°", func(x, y int) (int, int) { return 31 - y, x }},
		{"180°", func(x, y int) (int, int) { return 31 - x, 31 - y }},
		{"270°", func(x, y int) (int, int) { return y, 31 - x }},
		{"horizontal flip", mirror}, {"vertical flip", func(x, y int) (int, int) { return x, 31 - y }},
	}
	for _, line := range proxy.Lines {
		for k, class := range transforms {
			if cell := line[1+k]; cell.Text != class.name || !reads(picture, cell, line[0], class.place) {
				t.Errorf("%s: copy %d says %q and is not the frame at %s", line[0].Text, k+1, cell.Text, class.name)
			}
		}
	}
}

// TestPreviewPairs has the rows of two views side by side, and a phase after another.
func TestPreviewPairs(t *testing.T) {
	made, picture := sheet(t, contrastData(t, 8), twoPhases, preview.Limits{Samples: 99, Frames: 1})
	contrast := made.Sections[0]
	if len(made.Sections) != 2 || !strings.Contains(made.Sections[1].Title, "phase finetune") ||
		len(contrast.Lines) != 4 {
		t.Fatalf("%+v", made.Sections)
	}
	line := contrast.Lines[1]
	if line[1].Text != "row 4" || line[2].Text != "row 16" { // the first frame of the second of 4 samples of 3
		t.Errorf("a pair is %q and %q", line[1].Text, line[2].Text)
	}
	if reads(picture, line[1], line[2], func(x, y int) (int, int) { return x, y }) {
		t.Error("both views of a frame are the same picture")
	}
}

func TestPreviewIsBounded(t *testing.T) {
	huge := preview.Sheet{Side: 1000, Sections: []preview.Section{{Columns: make([]string, 10),
		Lines: make([][]preview.Cell, 99)}}}
	if _, err := huge.Draw(); err == nil || !strings.Contains(hint.Text(err), "fewer samples") {
		t.Errorf("got %v", err)
	}
}
