package hint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHintsAreNoText: nobody writes a hint into an error's text, or cuts one out of it,
// but the two who show hints behind a message.
func TestHintsAreNoText(t *testing.T) {
	seen, shows := map[string]int{}, map[string]bool{"core/hint/hint.go": true, "plugins/python/montage/fault.py": true}
	bad := []string{`\nhint: `, `"hint: `, "strings.Cut(" + "err.Error()"}
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, _ fs.DirEntry, err error) error {
		kind := filepath.Ext(path)
		if err != nil || kind != ".go" && kind != ".py" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			return err
		}
		seen[kind]++
		for _, b := range bad {
			if strings.Contains(string(source), b) && !shows[path] {
				t.Errorf("%s: %s, expected hint.With, hint.Lines or hint.Of, or the hint of a Fault", path, b)
			}
		}
		return nil
	})
	if err != nil || seen[".go"] < 100 || seen[".py"] < 10 {
		t.Fatalf("%v files: %v", seen, err)
	}
}
