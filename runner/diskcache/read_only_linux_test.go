package diskcache

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadOnly reads a folder in which nobody may write.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	first, _ := opened(t, dir, "a", 1<<20)
	put(first, 0, 3)
	first.Close()
	readOnly(t, filepath.Join(dir, "a"))
	s, log := opened(t, dir, "a", 1<<20)
	if n := found(t, s, 0, 3); n != 3 || log.Len() > 0 {
		t.Errorf("%d of 3 values; log: %s", n, log)
	}
	put(s, 3, 6)
	if found(t, s, 0, 6) != 3 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log: %s", log)
	}
}

// readOnly takes the right to write into a folder from everybody, and root's rights over files
// from the test's thread, until the test ends.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	change := func(folder, file os.FileMode) {
		for _, f := range files {
			if err := os.Chmod(f, file); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range []string{dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} { // to the test's own
			if err := os.Chmod(d, folder); err != nil {
				t.Fatal(err)
			}
		}
	}
	change(0o555, 0o444)
	runtime.LockOSThread()
	user := func(id int) {
		if os.Geteuid() != 0 {
			return
		}
		if err := unix.Setfsuid(id); err != nil {
			t.Fatal(err)
		}
	}
	user(65534)
	t.Cleanup(func() {
		user(0)
		runtime.UnlockOSThread()
		change(0o755, 0o644)
	})
}
