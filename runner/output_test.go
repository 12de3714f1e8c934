package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNamedFilesAreNotReplaced writes a schema to what is no plain file, as users do with --out.
func TestNamedFilesAreNotReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the runner")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	schema := func(name string) ([]byte, error) {
		return exec.Command(binary, "schema", "--out", path(name)).CombinedOutput()
	}
	want, err := exec.Command(binary, "schema").Output()
	if err != nil || len(want) == 0 {
		t.Fatal(err)
	}
	t.Run("link", func(t *testing.T) {
		if err := os.Symlink("linked.json", path("link")); err != nil {
			t.Fatal(err)
		}
		out, err := schema("link")
		info, lost := os.Lstat(path("link"))
		if err != nil || lost != nil || info.Mode()&fs.ModeSymlink == 0 ||
			read(t, path("linked.json")) != string(want) {
			t.Errorf("%v, %v\n%s", info, err, out)
		}
	})
	t.Run("FIFO", func(t *testing.T) {
		if err := unix.Mkfifo(path("fifo"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := make(chan []byte)
		go func() {
			raw, _ := os.ReadFile(path("fifo"))
			got <- raw
		}()
		if out, err := schema("fifo"); err != nil || !bytes.Equal(<-got, want) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("folder", func(t *testing.T) {
		if out, err := schema(""); err == nil || !strings.Contains(string(out), "expected a file") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// TestOnePackageWritesNamedFiles keeps the command from opening or replacing what a user names by other means than
// package output. The packages here write inside folders of their own.
func TestOnePackageWritesNamedFiles(t *testing.T) {
	replaces := []string{"output", "checkpoint", "run", "weight"}
	seen := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == "testdata" || filepath.Ext(path) != ".go" ||
			strings.HasSuffix(path, "_test.go") {
			if entry != nil && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		for _, i := range file.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			if strings.HasPrefix(name, "github.com/google/renameio") && !slices.Contains(replaces, filepath.Dir(path)) {
				t.Errorf("%s replaces files without package output, which spares links and devices", path)
			}
		}
		if text := read(t, path); filepath.Dir(path) == "command" &&
			(strings.Contains(text, "os.Create(") || strings.Contains(text, "os.WriteFile(")) {
			t.Errorf("%s writes files without package output", path)
		}
		return nil
	})
	if err != nil || seen < 50 {
		t.Errorf("%d files, %v", seen, err)
	}
}
