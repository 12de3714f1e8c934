package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// picture writes a picture of a bar that begins at a column, on transparent ground.
func picture(t *testing.T, path string, from int) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := from; x < from+8; x++ {
			img.SetNRGBA(x, y, color.NRGBA{G: 90, A: 255})
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// TestVariantsStayTogether groups pictures that look alike, and takes the folders that they are in for labels.
func TestVariantsStayTogether(t *testing.T) {
	dir := t.TempDir()
	for name, from := range map[string]int{"tools/saws/a.png": 0, "tools/copy.png": 0, "tools/b.png": 12,
		"food/c.png": 22, "unsorted/d.png": 0} {
		picture(t, filepath.Join(dir, name), from)
	}
	items, err := loadClipart(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := readThumbnails(items); err != nil {
		t.Fatal(err)
	}
	group(items)
	together := map[int][]string{}
	for _, e := range items {
		together[e.group] = append(together[e.group], e.id)
	}
	want := map[int][]string{0: {"food/c.png"}, 1: {"tools/b.png"}, 2: {"tools/copy.png", "tools/saws/a.png"}}
	if !reflect.DeepEqual(together, want) {
		t.Errorf("groups %v, want %v", together, want)
	}
	if got := classes(items, 2); !reflect.DeepEqual(got, []string{"tools"}) {
		t.Errorf("classes %v", got)
	}
	split := divide(items, []part{{"train", 1}, {"unlabeled", 3}})
	if len(split["train"]) != 1 || len(split["unlabeled"]) != 3 || split["train"][0] == "tools/copy.png" {
		t.Errorf("split %v", split)
	}
}

// TestVariantsByCodePoints tells emoji that differ in gender from those that differ in what they show.
func TestVariantsByCodePoints(t *testing.T) {
	if man, woman := base("1F468-200D-1F680", "x"), base("1F469-200D-1F680", "x"); man != woman {
		t.Errorf("astronauts differ: %s, %s", man, woman)
	}
	if a, b := base("1F468-200D-1F680", "x"), base("1F468-200D-1F373", "x"); a == b {
		t.Errorf("an astronaut and a cook are both %s", a)
	}
}
