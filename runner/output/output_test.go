package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantFile checks that path is a regular file, not a link to one, of this content.
func wantFile(t *testing.T, path, content string) {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	got, err := os.ReadFile(path)
	if err != nil || !info.Mode().IsRegular() || string(got) != content {
		t.Errorf("%s is %v and holds %q, want %q, error %v", path, info.Mode(), got, content, err)
	}
}

func TestRegularFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	must(t, Check(path))
	must(t, Write(path, []byte("first")))
	wantFile(t, path, "first")
	must(t, os.Chmod(path, 0o640))
	must(t, Check(path))
	must(t, Write(path, []byte("second")))
	wantFile(t, path, "second")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the permissions became %v, %v", info.Mode(), err)
	}
}

// TestFailedWriteKeepsTheFile has half a file written when the error comes.
func TestFailedWriteKeepsTheFile(t *testing.T) {
	dir, broken := t.TempDir(), errors.New("broken")
	path := filepath.Join(dir, "f")
	must(t, Write(path, []byte("old")))
	err := WriteTo(path, func(w io.Writer) error {
		fmt.Fprint(w, "ne")
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	wantFile(t, path, "old")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

// TestLinksStay writes through links: to a file, to none yet, of a link, and relative to a folder that is one.
func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "a", "there"), []byte("old"), 0o600))
	for _, link := range [][2]string{{"there", "a/there"}, {"missing", "a/missing"}, {"twice", "there"},
		{"folder", "a/b"}, {"a/b/up", "../up"}} {
		must(t, os.Symlink(link[1], filepath.Join(dir, link[0])))
	}
	for name, end := range map[string]string{"there": "a/there", "missing": "a/missing", "twice": "a/there",
		"folder/up": "a/up"} {
		path := filepath.Join(dir, name)
		must(t, Check(path))
		must(t, Write(path, []byte(name)))
		wantFile(t, filepath.Join(dir, end), name)
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestFIFO(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	must(t, unix.Mkfifo(path, 0o600))
	must(t, os.Symlink(path, link))
	for _, name := range []string{path, link} {
		must(t, Check(name))
		got := make(chan []byte)
		go func() {
			raw, _ := os.ReadFile(path)
			got <- raw
		}()
		must(t, Write(name, []byte("through")))
		if raw := <-got; string(raw) != "through" {
			t.Errorf("%s: read %q", name, raw)
		}
		must(t, Remove(name))
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
			t.Errorf("the FIFO became %v, %v", info, err)
		}
	}
}

// TestDevice has a device of its own like /dev/null, which must never be the one that is tried.
func TestDevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "null")
	device := unix.Mkdev(1, 3)
	if runtime.GOOS == "darwin" {
		device = unix.Mkdev(3, 2)
	}
	if err := unix.Mknod(path, unix.S_IFCHR|0o666, int(device)); err != nil {
		t.Skipf("devices are checked where mknod is permitted: %v", err)
	}
	if file, err := os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		t.Skipf("devices are checked where the temporary folder may hold them: %v", err)
	} else {
		must(t, file.Close())
	}
	must(t, Check(path))
	must(t, Write(path, []byte("gone")))
	must(t, Remove(path))
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("the device became %v, %v", info, err)
	}
}

func TestSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "o") // a socket's path is short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	must(t, err)
	got := make(chan []byte)
	go func() {
		var raw []byte
		if conn, err := listener.Accept(); err == nil {
			raw, _ = io.ReadAll(conn)
		}
		got <- raw
	}()
	must(t, Check(path))
	must(t, Write(path, []byte("said")))
	if raw := <-got; string(raw) != "said" {
		t.Errorf("read %q", raw)
	}
}

// TestDescriptors writes to files that are open already, as /dev/stdout is: a pipe, and a regular file, in which
// the writing continues where it was.
func TestDescriptors(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	must(t, err)
	file, err := os.Create(filepath.Join(dir, "f"))
	must(t, err)
	defer file.Close()
	for name, fd := range map[string]uintptr{"pipe": w.Fd(), "file": file.Fd()} {
		link := filepath.Join(dir, name)
		must(t, os.Symlink(fmt.Sprintf("/dev/fd/%d", fd), link))
		must(t, Check(link))
		must(t, Write(link, []byte("one ")))
		must(t, Write(link, []byte("two")))
	}
	must(t, w.Close())
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, []byte("one two")) {
		t.Errorf("the pipe has %q, %v", got, err)
	}
	wantFile(t, file.Name(), "one two")
}

// TestRefusals are said before the work begins, and by the writing too.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink(dir, filepath.Join(dir, "folder")))
	must(t, os.Symlink("round", filepath.Join(dir, "round")))
	must(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o600))
	for name, want := range map[string]string{
		"":          "it is a folder, expected a file",
		"folder":    "it is a folder, expected a file",
		"none/f":    "folder " + filepath.Join(dir, "none") + " does not exist",
		"round":     "more than 40 links in a row",
		"f/below":   "not a directory",
		"f/below/g": "not a directory",
	} {
		path := filepath.Join(dir, name)
		if err := Check(path); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
		if err := Write(path, nil); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	for _, path := range []string{"", filepath.Join(dir, "new") + "/"} {
		if Check(path) == nil || Write(path, nil) == nil {
			t.Errorf("%q can be written", path)
		}
	}
}

// TestForbiddenFolder is of a folder that takes no new file.
func TestForbiddenFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("nothing is forbidden to root: checked as another user")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o500))
	if err := Check(filepath.Join(dir, "f")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, os.Symlink("f", link))
	must(t, Remove(link))
	must(t, Remove(link)) // there is nothing to remove
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
	if _, err := os.Lstat(link); err != nil {
		t.Error(err)
	}
}
