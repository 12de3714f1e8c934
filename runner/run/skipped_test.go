package run

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSkippedIsAListOfFiles: each once, sorted, kept over calls; and no file where nothing is skipped.
func TestSkippedIsAListOfFiles(t *testing.T) {
	r := &Run{Dir: t.TempDir()}
	path := filepath.Join(r.Dir, "skipped.csv")
	if err := r.Skip(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a list of nothing")
	}
	for _, files := range [][]LeftOut{{{"b, c", "unexpected \"EOF\""}}, {{"a", "empty"}, {"b, c", "another reason"}}} {
		if err := r.Skip(files); err != nil {
			t.Fatal(err)
		}
	}
	want := []LeftOut{{"a", "empty"}, {"b, c", "unexpected \"EOF\""}}
	if files, err := r.Skipped(); err != nil || !slices.Equal(files, want) {
		t.Errorf("listed are %v, %v", files, err)
	}
	content, err := os.ReadFile(path)
	if want := "file,reason\na,empty\n\"b, c\",\"unexpected \"\"EOF\"\"\"\n"; err != nil || string(content) != want {
		t.Errorf("the file is %q, %v", content, err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Skipped(); err == nil {
		t.Error("a damaged list was read")
	}
}
