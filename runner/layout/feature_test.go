package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/data/datatest"
)

// features writes a file of features, a row for each id, and returns its path.
func features(t *testing.T, dir, name string, width int, ids ...string) string {
	t.Helper()
	text := "id"
	for j := range width {
		text += fmt.Sprintf(",f%d", j)
	}
	for i, id := range ids {
		text += fmt.Sprintf("\n%q", id)
		for j := range width {
			text += fmt.Sprintf(",%d", 10*i+j)
		}
	}
	path := filepath.Join(dir, name)
	datatest.Write(t, path, []byte(text+"\n"))
	return path
}

// shown lists samples with the rows of features that they have.
func shown(d *data.Dataset) (out []string) {
	for _, s := range d.Samples {
		out = append(out, fmt.Sprint(s.ID, " ", filepath.Base(s.Dir), " ", strings.Join(s.Frames, " "), " ", s.Labels))
	}
	return out
}

// TestFeaturesAreFoundByIDs: a row with the id of the sample or, without one, all whose ids
// begin with it; the files may hold more, in any order and Unicode form.
func TestFeaturesAreFoundByIDs(t *testing.T) {
	dir := t.TempDir()
	one := features(t, dir, "one.csv", 2, "b", "a/10.jpg", "a/9.jpg", "aa", "b/1.jpg")
	two := features(t, dir, "two.csv", 2, "n/x/1.jpg", "cafe\u0301", "other")
	labels := filepath.Join(dir, "labels.csv")
	datatest.Write(t, labels, []byte("id,labels\na,X\nb,Y\nn,X\ncaf\u00e9,Y\n"))
	want := []string{"a one.csv row 2 row 3 [0]", "b one.csv row 1 [1]", "n two.csv row 1 [0]",
		"café two.csv row 2 [1]"}
	for _, files := range [][]string{{one, two}, {filepath.Join(dir, "*o*.csv")}} {
		d, err := Open(t.Context(), Source{Path: labels, Labeled: true, Features: files})
		if err != nil || !slices.Equal(shown(d), want) {
			t.Errorf("%q, %v", shown(d), err)
		}
	}
	content, err := data.Sample{Dir: one, Frames: []string{"row 1"}, Parts: []data.Part{{Offset: 9, Size: 8}}}.Read(0)
	if err != nil || string(content) != "\"b\",0,1\n" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestFeatureFilesAreSamples where no labels are wanted, and users name them.
func TestFeatureFilesAreSamples(t *testing.T) {
	dir := t.TempDir()
	one := features(t, dir, "one.csv", 2, "b", "a/1.jpg")
	want := []string{"b one.csv row 1 []", "a/1.jpg one.csv row 2 []"}
	l := New(spec.DataTable{Unlabeled: one, Features: []string{one}})
	d, err := l.Open(t.Context(), Unlabeled, nil)
	if err != nil || !slices.Equal(shown(d), want) {
		t.Errorf("%v, %v", d, err)
	}
	if width, err := l.FeatureWidth(); width != 2 || err != nil {
		t.Errorf("width %d, %v", width, err)
	}
	gone := []string{filepath.Join(dir, "gone.csv")} // what a head was trained on need not be there
	d, err = OpenPaths(t.Context(), []string{one}, Source{Features: gone})
	if err != nil || !slices.Equal(shown(d), want) {
		t.Errorf("%v, %v", d, err)
	}
	datatest.Write(t, filepath.Join(dir, "ids.csv"), []byte("id\na\n"))
	d, err = OpenPaths(t.Context(), []string{filepath.Join(dir, "ids.csv")}, Source{Features: []string{one}})
	if err != nil || !slices.Equal(shown(d), []string{"a one.csv row 2 []"}) {
		t.Errorf("%v, %v", d, err)
	}
	_, err = OpenPaths(t.Context(), []string{filepath.Join(dir, "ids.csv")}, Source{Features: gone})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestFeaturesThatAreMissing are listed, or left out.
func TestFeaturesThatAreMissing(t *testing.T) {
	dir := t.TempDir()
	one := features(t, dir, "one.csv", 2, "b", "a")
	labels := filepath.Join(dir, "labels.csv")
	datatest.Write(t, labels, []byte("id,labels\na,X\nc,Y\nd,X\n"))
	_, err := Open(t.Context(), Source{Path: labels, Labeled: true, Features: []string{one}})
	var problems data.Problems
	if !errors.As(err, &problems) || len(problems) != 2 || problems[1].Line != 4 ||
		problems[0].Text != `no row of data.features has the id "c"; the first has "a"` {
		t.Error(err)
	}
	d, err := Open(t.Context(), Source{Path: labels, Labeled: true, Features: []string{one}, OnError: data.Skip})
	if err != nil || len(d.Samples) != 1 || d.Skipped.Samples != 2 || len(d.Skipped.Problems) != 2 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestFeaturesThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	one, labels := features(t, dir, "one.csv", 2, "b", "a/1.jpg"), filepath.Join(dir, "labels.csv")
	datatest.Write(t, labels, []byte("id,labels\na,X\n"))
	for want, source := range map[string]Source{
		"one.csv has rows of 2 features, ": {Features: []string{one, features(t, dir, "wide.csv", 3, "x")}},
		`id "b" is in row 1 of `:           {Features: []string{one, features(t, dir, "again.csv", 2, "x", "b")}},
		"no file matches ":                 {Features: []string{filepath.Join(dir, "*.safetensors")}},
		`the rows of sample "a" are in `:   {Features: []string{one, features(t, dir, "more.csv", 2, "a/2.jpg")}},
		"a file of features has no labels": {Features: []string{one}, Path: one},
	} {
		if source.Labeled = true; source.Path == "" {
			source.Path = labels
		}
		if _, err := Open(t.Context(), source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	for path, source := range map[string]Source{dir: {Features: []string{one}}, "x.safetensors": {}} {
		if _, err := OpenPaths(t.Context(), []string{path}, source); err == nil ||
			!strings.Contains(err.Error(), "file of features") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
