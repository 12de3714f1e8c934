package audit

import (
	"os"
	"path/filepath"
	"testing"

	"montage/core/spec"
)

// TestCopiedFeatures finds a test sample whose rows are those of a training sample, in a file of
// another format of numbers. Rows have no look: none are near-identical, and none are flat.
func TestCopiedFeatures(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"train.csv":      "id,labels\na,x\nb,y\n",
		"test.csv":       "id,labels\nc,x\nd,y\n",
		"train.rows.csv": "id,f0,f1\na/1,0,1.5\na/2,3,0.25\nb/1,7,8\nb/2,7,9\n",
		"test.rows.csv":  "id,f0,f1\nc/1,3.0,2.5e-1\nc/2,0.0,1.50\nd/1,6,8\nd/2,6,9\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f := checked(t, spec.DataTable{Labeled: filepath.Join(dir, "train.csv"), Test: filepath.Join(dir, "test.csv"),
		Features: []string{filepath.Join(dir, "*.rows.csv")}})
	if len(f.Leaks) != 1 || len(f.Duplicates)+len(f.Shared) > 0 || f.Flat.Files != 0 || f.Rows != 8 ||
		len(f.Formats) > 0 {
		t.Fatalf("findings %+v", f)
	}
	if l := f.Leaks[0]; l.Kind != Copy || l.A.ID != "c" || l.B.ID != "a" || l.Frames != 2 || l.Of != 2 {
		t.Errorf("leak %+v", l)
	}
}
