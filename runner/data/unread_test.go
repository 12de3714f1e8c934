package data

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"montage/runner/data/datatest"
)

// TestUnreadKinds: whoever names files of a kind that is not read is told what to do.
func TestUnreadKinds(t *testing.T) {
	dir := t.TempDir()
	datatest.Write(t, filepath.Join(dir, "renamed/1.jpg"), []byte("\xff\x0a, JPEG XL"))
	datatest.Write(t, filepath.Join(dir, "raw/1.NEF"), []byte("MM\x00*"))
	datatest.Write(t, filepath.Join(dir, "drawing.svg"), []byte("<svg>"))
	for name, want := range map[string][2]string{
		"renamed":     {"a JPEG XL file, which is not read", "djxl OLD.jxl NEW.png"},
		"raw":         {"holds no frame", "its .nef files are of a kind that is not read, RAW: develop the files"},
		"drawing.svg": {"drawing.svg: SVG is not read", "rsvg-convert"},
	} {
		_, err := Check(context.Background(), &Dataset{Samples: []Sample{{ID: name, Dir: filepath.Join(dir, name)}}},
			Checking{})
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		if p := problems[0]; !strings.Contains(p.Text, want[0]) || !strings.Contains(p.Hint, want[1]) {
			t.Errorf("%s: %s, hint %s", name, p.Text, p.Hint)
		}
	}
}
