package data

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"montage/runner/data/datatest"
)

// TestSharedFindsLinks of both kinds, and no file that is only equal.
func TestSharedFindsLinks(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	datatest.Write(t, path("test/1/a.jpg"), []byte("x"))
	datatest.Write(t, path("copy/a.jpg"), []byte("x"))
	datatest.Write(t, path("hard/keep"), nil)
	for _, err := range []error{os.Symlink(path("test/1"), path("soft")),
		os.Link(path("test/1/a.jpg"), path("hard/b.jpg"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	of := func(folder, frame string) *Dataset {
		return &Dataset{Samples: []Sample{{ID: folder, Dir: path(folder), Frames: []string{frame}}}}
	}
	test := of("test/1", "a.jpg")
	for folder, c := range map[string]struct {
		frame string
		want  []string
	}{"soft": {"a.jpg", []string{"test/1"}}, "hard": {"b.jpg", []string{"test/1"}}, "copy": {"a.jpg", nil}} {
		other := of(folder, c.frame)
		if ids := Shared(test, test.Identities(), other.Identities()); !slices.Equal(ids, c.want) {
			t.Errorf("%s: shared are %v, want %v", folder, ids, c.want)
		}
	}
}

// TestPartsOfAnArchiveAreFilesOfTheirOwn, also where the archive has several names.
func TestPartsOfAnArchiveAreFilesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	archive, link := filepath.Join(dir, "a.tar"), filepath.Join(dir, "b.tar")
	datatest.Write(t, archive, []byte("xy"))
	if err := os.Link(archive, link); err != nil {
		t.Fatal(err)
	}
	s := Sample{Dir: archive, Frames: []string{"1.jpg", "2.jpg"}, Parts: []Part{{0, 1}, {1, 1}}}
	twin := s
	twin.Dir = link
	if s.FileID(0) == s.FileID(1) || s.FileID(0) != twin.FileID(0) || s.FileID(1) != twin.FileID(1) {
		t.Errorf("parts are %q and %q", s.FileID(0), s.FileID(1))
	}
	gone := Sample{Dir: filepath.Join(dir, "gone"), Frames: []string{"1.jpg"}}
	if gone.FileID(0) != "file "+gone.Path(0) {
		t.Errorf("a file that is not there is %q", gone.FileID(0))
	}
}
