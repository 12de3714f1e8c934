package hint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHintsAreNoText: nobody writes a hint into an error's text, or cuts one out of it.
func TestHintsAreNoText(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, bad := range []string{`\nhint: `, `"hint: `, `strings.Cut(err.Error()`} {
			if strings.Contains(string(source), bad) && filepath.Base(path) != "hint.go" {
				t.Errorf("%s: %s, expected hint.With, hint.Lines or hint.Split", path, bad)
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files: %v", files, err)
	}
}
