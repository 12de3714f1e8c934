package audit

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/spec"
	"montage/runner/data/datatest"
)

// TestRowsOfFeatures are compared by their bytes, and not described as pictures.
func TestRowsOfFeatures(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		datatest.Write(t, path, []byte(text))
		return path
	}
	found := checked(t, spec.DataTable{Labeled: write("train.csv", "id,labels\na,X\nb,Y\nc,X\n"),
		Test:     write("test.csv", "id,labels\nd,Y\ne,X\n"),
		Features: []string{write("rows.csv", "id,f0,f1\na,0,0.5\nb,1,2\nc,3,4\nd,1,2\ne,5,6\n")}})
	var leaks []string
	for _, l := range found.Leaks {
		leaks = append(leaks, fmt.Sprintf("%s: %s is %s, %d of %d", l.Kind, l.A.ID, l.B.ID, l.Frames, l.Of))
	}
	if fmt.Sprint(leaks) != "[copy: d is b, 1 of 1]" {
		t.Errorf("leaks %v", leaks)
	}
	if len(found.Duplicates)+len(found.Shared)+found.Flat.Files+len(found.Flat.Samples) != 0 {
		t.Errorf("found %+v", found)
	}
	var text bytes.Buffer
	if err := found.WriteText(&text); err != nil || !strings.Contains(text.String(), "features:  5 rows\n") ||
		strings.Contains(text.String(), "pixels") {
		t.Errorf("%v: %s", err, text.String())
	}
}
