package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/runner/data"
	"montage/runner/data/datatest"
	"montage/runner/layout"
)

func TestCleanDataHasNoLeaks(t *testing.T) {
	dir, table := drawn(t)
	table.Unlabeled = filepath.Join(dir, "unlabeled.csv")
	f := checked(t, table)
	if f.Err() != nil || len(f.Duplicates)+len(f.Shared) > 0 {
		t.Errorf("found %+v", f)
	}
	if len(f.Sets) != 3 || f.Sets[0].Samples != 12 || f.Sets[0].FramesEach.Min < 3 || f.Formats[0].Format != "JPEG" {
		t.Errorf("described as %+v, %+v", f.Sets, f.Formats)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil || !strings.HasPrefix(text.String(), "no leaks: no sample of data.test") {
		t.Errorf("%v: %s", err, text.String())
	}
}

// TestTextSaysHowLabelsAreSpread, and that nothing can leak where nothing judges.
func TestTextSaysHowLabelsAreSpread(t *testing.T) {
	_, table := drawn(t)
	table.Unlabeled, table.Test = "", ""
	datatest.Write(t, table.Labeled, []byte("id,labels\ntrain-00001,a\ntrain-00002,b|a\ntrain-00003,a|c|b\n"))
	var text bytes.Buffer
	if err := checked(t, table).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"no leaks: there is neither data.test nor data.valid\n",
		"labeled  3        0                 1, 2, 3\n", "rarest in data.labeled: c 1, b 2, a 3\n",
		"most frequent: a 3, b 2, c 1\n", "together, in all data sets: a and b 2, a and c 1, b and c 1\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
}

// TestPlantedLeaksAreFound plants a test sample in the unlabelled data in every way.
func TestPlantedLeaksAreFound(t *testing.T) {
	dir, table := drawn(t)
	into := filepath.Join(dir, "more")
	table.Unlabeled = into
	write := func(id, of string, changes ...change) {
		for _, path := range frames(t, dir, of) {
			content := read(t, path)
			if id != "copied" {
				content = changed(t, content, changes...)
			}
			datatest.Write(t, filepath.Join(into, id, filepath.Base(path)), content)
		}
	}
	write("stranger", "unlabeled-00001")
	write("copied", "test-00001")
	write("encoded", "test-00002", resized(0.6))
	write("mirrored", "test-00003", mirrored)
	write("cropped", "test-00004", cropped(0.02), lit(1.15))
	if err := os.Symlink(filepath.Join(dir, "frames", "test-00005"), filepath.Join(into, "linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(into, "hard"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range frames(t, dir, "test-00006") {
		if err := os.Link(path, filepath.Join(into, "hard", filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]string{}
	f := checked(t, table)
	for _, m := range f.Leaks {
		if m.A.Data != "test" || m.B.Data != "unlabeled" {
			t.Errorf("a leak that was not planted: %+v", m)
		}
		found[m.B.ID] = fmt.Sprintf("%s %s %v", m.A.ID, m.Kind, m.Mirrored)
	}
	want := map[string]string{"copied": "test-00001 copy false", "encoded": "test-00002 near-identical false",
		"mirrored": "test-00003 near-identical true", "cropped": "test-00004 near-identical false",
		"linked": "test-00005 same file false", "hard": "test-00006 same file false"}
	if fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("found %v\nwant %v", found, want)
	}
	if len(f.Leaks) != len(want) || f.Err() == nil || f.Leaks[0].Kind != SameFile {
		t.Errorf("the surest come first: %+v", f.Leaks)
	}
}

// TestManyCopies: of a picture that very many samples have, a placeholder say, each is joined with the first ones only.
func TestManyCopies(t *testing.T) {
	const copies = 400
	dir, table := drawn(t)
	content := read(t, frames(t, dir, "train-00001")[0])
	for i := range copies {
		datatest.Write(t, filepath.Join(dir, "more", fmt.Sprint(i), "1.jpg"), content)
		datatest.Write(t, filepath.Join(dir, "judge", fmt.Sprint(i), "1.jpg"), content)
	}
	table.Unlabeled, table.Test, table.Labeled = filepath.Join(dir, "more"), filepath.Join(dir, "judge"), ""
	leaked := map[string]bool{}
	f := checked(t, table)
	for _, m := range f.Leaks {
		leaked[m.A.ID] = true
	}
	if len(leaked) != copies || len(f.Leaks) > 2*copies || len(f.Duplicates) > 2*copies {
		t.Errorf("%d samples in %d leaks, %d duplicates", len(leaked), len(f.Leaks), len(f.Duplicates))
	}
	var text bytes.Buffer
	cut := fmt.Sprintf("… %d more: --json and --out list all", len(f.Leaks)-examples)
	if err := f.WriteText(&text); err != nil || !strings.Contains(text.String(), cut) {
		t.Errorf("%v: %s", err, text.String())
	}
}

// TestSameSamples are found by their ids, whatever their files are.
func TestSameSamples(t *testing.T) {
	dir, table := drawn(t)
	table.Valid = filepath.Join(dir, "valid.csv")
	table.Unlabeled = filepath.Join(dir, "more.csv")
	datatest.Write(t, table.Valid, read(t, table.Test))
	datatest.Write(t, table.Unlabeled, []byte("id\nunlabeled-00001\ntest-00007\ntrain-00001\n"))
	f := checked(t, table)
	counts := map[string]int{}
	for _, m := range f.Leaks {
		counts[fmt.Sprint(m.Kind, ": ", m.A.Data, " in ", m.B.Data)]++
	}
	want := map[string]int{"same sample: test in valid": 8, "same sample: test in unlabeled": 1,
		"same sample: valid in unlabeled": 1}
	if fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("found %v, want %v", counts, want)
	}
}

// TestCommonFramesAreNoLeak: black frames count for nothing, a logo in each film for too little.
func TestCommonFramesAreNoLeak(t *testing.T) {
	dir, table := drawn(t)
	table.Unlabeled = ""
	logo := read(t, frames(t, dir, "unlabeled-00001")[0])
	black := changed(t, logo, func(p *image.RGBA) *image.RGBA { return image.NewRGBA(p.Rect) })
	for _, id := range []string{"test-00001", "train-00001", "train-00002"} {
		datatest.Write(t, filepath.Join(dir, "frames", id, "0000.jpg"), logo)
		for i := range 9 {
			datatest.Write(t, filepath.Join(dir, "frames", id, fmt.Sprintf("9%d.jpg", i)), black)
		}
	}
	f := checked(t, table)
	if f.Err() != nil || len(f.Duplicates) > 0 || f.Flat.Files < 27 || len(f.Flat.Samples) > 0 {
		t.Errorf("found %+v", f)
	}
	if len(f.Shared) != 2 || f.Shared[0].Kind != SomeFrames || f.Shared[0].Frames != 1 {
		t.Errorf("the logo: %+v", f.Shared)
	}
}

func TestEnough(t *testing.T) {
	for _, c := range []struct {
		frames, of int
		want       bool
	}{{0, 0, false}, {0, 1, false}, {1, 1, true}, {1, 2, false}, {2, 2, true}, {2, 3, true}, {2, 4, true},
		{2, 5, false}, {40, 80, true}, {39, 80, false}} {
		if enough(c.frames, c.of) != c.want {
			t.Errorf("%d of %d: %v", c.frames, c.of, !c.want)
		}
	}
}

// TestUnreadableFilesAreListed and end nothing: a header, a body, a folder.
func TestUnreadableFilesAreListed(t *testing.T) {
	dir, table := drawn(t)
	table.Unlabeled = ""
	body, header := frames(t, dir, "train-00001")[1], frames(t, dir, "test-00001")[0]
	whole := read(t, body)
	datatest.Write(t, body, whole[:len(whole)*2/3])
	datatest.Write(t, header, []byte("no picture"))
	gone := filepath.Join(dir, "frames", "train-00002")
	if err := os.RemoveAll(gone); err != nil {
		t.Fatal(err)
	}
	f := checked(t, table)
	var files []string
	for _, u := range f.Unreadable {
		files = append(files, u.File)
	}
	if reason := f.Unreadable[2].Reason; !strings.HasPrefix(reason, "expected JPEG") {
		t.Errorf("the reason of %s is %q", header, reason)
	}
	if want := []string{body, gone, header}; !slices.Equal(files, want) || f.Err() == nil || len(f.Leaks) > 0 {
		t.Errorf("unreadable are %v, want %v", f.Unreadable, want)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil || !strings.Contains(text.String(), "UNREADABLE: 3 files") {
		t.Errorf("%v: %s", err, text.String())
	}
}

func TestDuplicatesWithOtherLabels(t *testing.T) {
	dir, table := drawn(t)
	table.Unlabeled, table.Test = "", ""
	rows := "id,labels\ntrain-00001,a\ntrain-00003,b\ntwin,b|a\n"
	for _, path := range frames(t, dir, "train-00001") {
		datatest.Write(t, filepath.Join(dir, "frames", "twin", filepath.Base(path)), read(t, path))
	}
	datatest.Write(t, table.Labeled, []byte(rows))
	f := checked(t, table)
	if len(f.Duplicates) != 1 || f.Duplicates[0].Kind != Copy || !f.Duplicates[0].LabelsDiffer || f.Err() != nil {
		t.Errorf("duplicates are %+v", f.Duplicates)
	}
	if want := []JointCount{{[2]string{"a", "b"}, 1}}; !slices.Equal(f.Joint, want) {
		t.Errorf("together are %v", f.Joint)
	}
	if text, err := json.Marshal(f); err != nil || strings.Contains(string(text), "null") {
		t.Errorf("%s, %v", text, err)
	}
}

// TestPlaceholdersAreBounded: a picture that all samples have does not make a pair of every two.
func TestPlaceholdersAreBounded(t *testing.T) {
	dir, _ := drawn(t)
	picture := frames(t, dir, "train-00001")[0]
	set := &data.Dataset{}
	const n = 2000
	for i := range n {
		set.Samples = append(set.Samples, data.Sample{ID: fmt.Sprint(i), Dir: filepath.Dir(picture),
			Frames: []string{filepath.Base(picture)}})
	}
	f, err := Check(t.Context(), Config{Sets: map[layout.Role]*data.Dataset{layout.Test: set, layout.Unlabeled: set}})
	if err != nil {
		t.Fatal(err)
	}
	if judged(f.Leaks) != n || len(f.Leaks)+len(f.Duplicates) > 6*n {
		t.Errorf("%d leaks of %d samples, %d duplicates", len(f.Leaks), judged(f.Leaks), len(f.Duplicates))
	}
}

func TestCheckStops(t *testing.T) {
	dir, _ := drawn(t)
	ctx, cancel := context.WithCancel(t.Context())
	l := layout.Source{Path: filepath.Join(dir, "frames")}
	set, err := layout.Open(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	decoded := 0
	_, err = Check(ctx, Config{Sets: map[layout.Role]*data.Dataset{layout.Unlabeled: set},
		Progress: func(done, _ int) {
			decoded = done
			cancel()
		}})
	if !errors.Is(err, context.Canceled) || decoded > 20 {
		t.Errorf("%v after %d files", err, decoded)
	}
}
