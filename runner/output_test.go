package main

import (
	"bytes"
	"errors"
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

// TestLockIsNotReplaced writes a lock to what is no plain file, beside a spec of bundled plugins.
func TestLockIsNotReplaced(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the runner")
	}
	dir := t.TempDir()
	lock := func(name string) {
		raw := read(t, filepath.Join("..", "specs", "quickstart.toml"))
		if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(binary, "plugin", "lock", filepath.Join(dir, name+".toml")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	lock("plain")
	want := read(t, filepath.Join(dir, "plain.lock"))
	link, fifo := filepath.Join(dir, "link.lock"), filepath.Join(dir, "fifo.lock")
	if err := errors.Join(os.Symlink("kept", link), unix.Mkfifo(fifo, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the link leads to nothing, then to a file
		lock("link")
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 ||
			read(t, filepath.Join(dir, "kept")) != want {
			t.Errorf("the link became %v, %v", info, err)
		}
	}
	got := make(chan []byte, 1)
	go func() {
		raw, _ := os.ReadFile(fifo)
		got <- raw
	}()
	lock("fifo")
	info, err := os.Lstat(fifo)
	if err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Fatalf("the FIFO became %v, %v", info, err)
	}
	if raw := <-got; string(raw) != want {
		t.Errorf("read %q, want %q", raw, want)
	}
}

// TestOnePackageWritesNamedFiles keeps the command and the registry from opening or replacing what a user names by
// other means than package output. The packages here write inside folders of their own.
func TestOnePackageWritesNamedFiles(t *testing.T) {
	replaces := []string{"output", "checkpoint", "run", "weight", "fileindex"}
	const ownFile = "../registry/slow_start.go" // in the user's cache
	checkWriters := func(path string) {
		if dir := filepath.Dir(path); dir != "command" && !strings.HasPrefix(dir, "../registry") {
			return
		}
		if text := read(t, path); strings.Contains(text, "os.Create(") || strings.Contains(text, "os.WriteFile(") {
			t.Errorf("%s writes files without package output", path)
		}
	}
	for root, files := range map[string]int{".": 50, "../registry": 20} {
		seen := 0
		err := eachSource(root, func(path string, imports []string) {
			seen++
			for _, name := range imports {
				if strings.HasPrefix(name, "github.com/google/renameio") && path != ownFile &&
					!slices.Contains(replaces, filepath.Dir(path)) {
					t.Errorf("%s replaces files without package output, which spares links and devices", path)
				}
			}
			checkWriters(path)
		})
		if err != nil || seen < files {
			t.Errorf("%s: %d files, %v", root, seen, err)
		}
	}
}

// eachSource visits the Go files below a folder that are no tests, with what they import.
func eachSource(root string, visit func(path string, imports []string)) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
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
		var imports []string
		for _, i := range file.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			imports = append(imports, name)
		}
		visit(path, imports)
		return nil
	})
}
