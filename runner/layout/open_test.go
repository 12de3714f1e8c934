package layout

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"montage/runner/data"
	"montage/runner/data/datatest"
	"montage/runner/picture"
)

func TestOpenLabeled(t *testing.T) {
	path := datatest.Folder(t,
		"id,labels\nb,War|Drama\na,Comedy\n", 2, "a", "b")
	d := open(t, path)
	if want := []string{"Comedy", "Drama", "War"}; !slices.Equal(d.Classes, want) {
		t.Errorf("classes %v, want %v", d.Classes, want)
	}
	want := []data.Sample{
		{ID: "b", Dir: filepath.Join(filepath.Dir(path), "frames/b"), Frames: []string{"a.jpg", "b.jpg"},
			Labels: []int{1, 2}, File: path, Line: 2},
		{ID: "a", Dir: filepath.Join(filepath.Dir(path), "frames/a"), Frames: []string{"a.jpg", "b.jpg"},
			Labels: []int{0}, File: path, Line: 3},
	}
	if !reflect.DeepEqual(d.Samples, want) {
		t.Errorf("samples\n%v, want\n%v", d.Samples, want)
	}
	targets := make([]float32, 6)
	if err := d.MultiHot(data.Batch{Samples: []int{1, 0}}, targets); err != nil ||
		!slices.Equal(targets, []float32{1, 0, 0, 0, 1, 1}) {
		t.Errorf("targets %v, error %v", targets, err)
	}
	if err := d.MultiHot(data.Batch{Samples: []int{1}}, targets); err == nil {
		t.Error("targets of another size were taken")
	}
}

func TestOpenUsesTheVocabulary(t *testing.T) {
	path := datatest.Folder(t, "id,labels\na,Dramma|Drama\nb,Western\nc,War\n", 1, "a", "b", "c")
	classes := []string{"Drama", "War"}
	d, err := Open(context.Background(), Source{Path: path, Labeled: true, Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Samples) != 2 || d.Samples[0].ID != "a" || d.Samples[1].ID != "c" {
		t.Errorf("samples %v", d.Samples)
	}
	want := path + `: label "Dramma" of 1 samples is none of the 2 classes
hint: did you mean "Drama"?
` + path + `: labels that are none of the 2 classes, with their samples: "Western" (1)
hint: the classes are those of the spec, or of the run; other labels are left out
` + path + ": 1 samples are left out: none of their labels is a class"
	if got := d.Warnings.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOpenFolder(t *testing.T) {
	root := filepath.Join(filepath.Dir(datatest.Folder(t, "", 2, "t10", "t9")), "frames")
	datatest.Write(t, filepath.Join(root, "README.txt"), []byte("not a sample"))
	datatest.Write(t, filepath.Join(root, ".cache/a.jpg"), []byte("not a sample"))
	datatest.Write(t, filepath.Join(root, "t9/._a.jpg"), []byte("not a frame"))
	datatest.Write(t, filepath.Join(root, "t9/10.PNG"), datatest.Photo(t, 1)) // a JPEG by its content
	d, err := Open(context.Background(), Source{Path: root})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Samples) != 2 || d.Samples[0].ID != "t9" ||
		!slices.Equal(d.Samples[0].Frames, []string{"10.PNG", "a.jpg", "b.jpg"}) {
		t.Errorf("samples %v", d.Samples)
	}
	all := data.Everything(d, d)
	if len(all.Samples) != 2 {
		t.Errorf("joined with itself the data set has %d samples", len(all.Samples))
	}
}

// hostile is a data set with every kind of broken file and one sound sample.
func hostile(t *testing.T) string {
	path := datatest.Folder(t, "id,labels\nsound,X\ngone,X\nbare,X\nempty,X\nbomb,X\nlong,X\n"+
		"text,X\nloop,X\ncut,X\nfolder,X\n",
		2, "sound", "cut")
	frames := filepath.Join(filepath.Dir(path), "frames")
	datatest.Write(t, filepath.Join(frames, "bare/notes.txt"), nil)
	datatest.Write(t, filepath.Join(frames, "empty/1.jpg"), nil)
	datatest.Write(t, filepath.Join(frames, "bomb/1.png"), datatest.Bomb(1<<30, 1<<30))
	datatest.Write(t, filepath.Join(frames, "long/1.png"), datatest.Bomb(1, 99_999_999))
	datatest.Write(t, filepath.Join(frames, "text/1.jpg"), []byte("JIF89a, or so"))
	datatest.Write(t, filepath.Join(frames, "cut/x.jpg"), datatest.Photo(t, 0)[:30])
	datatest.Write(t, filepath.Join(frames, "folder/1.jpg/a"), nil)
	if err := os.Symlink("loop", filepath.Join(frames, "loop")); err != nil {
		t.Skip(err)
	}
	return path
}

func TestOpenReportsHostileFiles(t *testing.T) {
	path := hostile(t)
	_, err := Open(context.Background(), Source{Path: path, Labeled: true})
	var problems data.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error %v", err)
	}
	want := []string{
		":3: folder DIR/gone does not exist",
		":4: folder DIR/bare holds no frame, expected " + strings.Join(picture.Extensions, ", ") + " files",
		":5: frame DIR/empty/1.jpg: the file is empty",
		":6: frame DIR/bomb/1.png: ", // reported by package png if the product overflows
		":7: frame DIR/long/1.png: 1×99999999 pixels, expected at most 65535 a side and 178956970 in all",
		`:8: frame DIR/text/1.jpg: expected JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, saw a file that starts with ` +
			`"JIF89a, or s"`,
		":9: list frames: ",
		":10: frame DIR/cut/x.jpg: broken header: ",
		":11: folder DIR/folder holds no frame",
	}
	if len(problems) != len(want) {
		t.Fatalf("%d problems, want %d: %v", len(problems), len(want), problems)
	}
	for i, p := range problems {
		got := strings.ReplaceAll(strings.TrimPrefix(p.String(), path), filepath.Join(filepath.Dir(path), "frames"),
			"DIR")
		if !strings.HasPrefix(got, want[i]) || p.Hint == "" {
			t.Errorf("got  %s (hint %q)\nwant %s", got, p.Hint, want[i])
		}
	}
}

func TestOpenSkipsHostileFiles(t *testing.T) {
	d, err := Open(context.Background(), Source{Path: hostile(t), Labeled: true, OnError: data.Skip})
	if err != nil {
		t.Fatal(err)
	}
	var left []string // what is broken stays, so that mending it makes no other data set
	for _, s := range d.Samples {
		left = append(left, fmt.Sprint(s.ID, s.Broken, len(s.Frames)))
	}
	if want := "sound[] 2 empty[0] 1 bomb[0] 1 long[0] 1 text[0] 1 cut[2] 3"; strings.Join(left, " ") != want {
		t.Errorf("left: %v", left)
	}
	if s := d.Skipped; s.Samples != 8 || s.Frames != 5 || len(s.Problems) != 9 {
		t.Errorf("skipped %d samples and %d frames: %v", s.Samples, s.Frames, s.Problems)
	}
	path := datatest.Folder(t, "id,labels\na,X\n", 0)
	if _, err := Open(context.Background(), Source{Path: path, Labeled: true, OnError: data.Skip}); err == nil {
		t.Error("a data set with nothing left was opened")
	}
}

func TestOpenRefuses(t *testing.T) {
	path := datatest.Folder(t, "id,labels\n", 0)
	for name, source := range map[string]Source{
		"missing":          {Path: path + "x"},
		"no class folders": {Path: t.TempDir(), Labeled: true},
		"no folders":       {Path: t.TempDir()},
		"no rows":          {Path: path, Labeled: true},
		"on_error":         {Path: path, OnError: "ignore"},
		"device":           {Path: "/dev/null"},
	} {
		if d, err := Open(context.Background(), source); err == nil || d != nil {
			t.Errorf("%s: opened", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Source{Path: hostile(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
