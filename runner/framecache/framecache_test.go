package framecache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// frames is a cache, and a decoder that makes pixels of the bytes of a file.
type frames struct {
	*testing.T
	*Cache
	log *bytes.Buffer
}

// newFrames returns a cache for which the files of the test are old.
func newFrames(t *testing.T, dir, decoder string, limit int64) frames {
	t.Helper()
	f := frames{t, nil, &bytes.Buffer{}}
	f.Cache = New(Config{Dir: dir, Limit: limit, Decoder: decoder, Log: zerolog.New(f.log)})
	f.now = func() time.Time { return time.Now().Add(time.Minute) }
	t.Cleanup(f.Close)
	return f
}

const side = 16

// frame returns the pixels of a file, and whether it was decoded.
func (f frames) frame(from Origin) (pixels []uint8, decoded bool) {
	f.Helper()
	pixels = make([]uint8, side)
	err := f.Frame(from, pixels, func() error {
		decoded = true
		content, err := os.ReadFile(from.Path)
		copy(pixels, content[from.Offset:])
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return pixels, decoded
}

// expect looks for the pixels of a file.
func (f frames) expect(from Origin, want string, decoded bool) {
	f.Helper()
	got, was := f.frame(from)
	if string(got) != want || was != decoded {
		f.Errorf("%v: %q, decoded %v; want %q, %v", from, got, was, want, decoded)
	}
}

func text(n int) string { return fmt.Sprintf("%016d", n) }

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "frame.jpg")
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFramesComeBack in the same run, in another, but not from another decoder.
func TestFramesComeBack(t *testing.T) {
	dir, origin := t.TempDir(), Origin{Path: file(t, text(1))}
	first := newFrames(t, dir, "a", 1<<20)
	first.expect(origin, text(1), true)
	first.expect(origin, text(1), false)
	beside := newFrames(t, dir, "a", 1<<20) // while the first is open
	beside.expect(origin, text(1), false)
	first.Close()
	if !strings.Contains(first.log.String(), `"found":1,"decoded":1`) {
		t.Errorf("log: %s", first.log)
	}
	newFrames(t, dir, "a", 1<<20).expect(origin, text(1), false)
	newFrames(t, dir, "b", 1<<20).expect(origin, text(1), true)
	var none *Cache
	frames{T: t, Cache: none}.expect(origin, text(1), true)
	none.Close()
}

// TestReplacedFiles have other pixels, whatever was done to hide it.
func TestReplacedFiles(t *testing.T) {
	path := file(t, text(1))
	c := newFrames(t, t.TempDir(), "a", 1<<20)
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]func(content string) error{
		"in place": func(s string) error { return os.WriteFile(path, []byte(s), 0o666) },
		"by another": func(s string) error {
			return errors.Join(os.WriteFile(path+"2", []byte(s), 0o666), os.Rename(path+"2", path))
		},
		"by a link": func(s string) error {
			target := path + s
			return errors.Join(os.WriteFile(target, []byte(s), 0o666), os.Remove(path), os.Symlink(target, path))
		},
	}
	n := 1
	for name, how := range replace {
		c.frame(Origin{Path: path})
		c.expect(Origin{Path: path}, text(n), false)
		time.Sleep(20 * time.Millisecond) // two ticks of the clock of files
		n++
		if err := errors.Join(how(text(n)), os.Chtimes(path, was.ModTime(), was.ModTime())); err != nil {
			t.Fatal(name, err)
		}
		c.expect(Origin{Path: path}, text(n), true)
	}
}

// TestTooNew: a file that changed just now may change again at the same time of its clock.
func TestTooNew(t *testing.T) {
	c := newFrames(t, t.TempDir(), "a", 1<<20)
	origin := Origin{Path: file(t, text(1))}
	c.now = time.Now
	c.expect(origin, text(1), true)
	c.expect(origin, text(1), true)
	c.now = func() time.Time { return time.Now().Add(settled) }
	c.expect(origin, text(1), true)
	c.expect(origin, text(1), false)
}

// TestChangedWhileDecoding: nobody knows of which file the pixels are.
func TestChangedWhileDecoding(t *testing.T) {
	c := newFrames(t, t.TempDir(), "a", 1<<20)
	path := file(t, text(1))
	time.Sleep(20 * time.Millisecond)
	pixels := make([]uint8, side)
	err := c.Frame(Origin{Path: path}, pixels, func() error {
		copy(pixels, text(1))
		return os.WriteFile(path, []byte(text(2)), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.expect(Origin{Path: path}, text(2), true)
}

// TestArchive has frames in parts of one file.
func TestArchive(t *testing.T) {
	c := newFrames(t, t.TempDir(), "a", 1<<20)
	path := file(t, text(1)+text(2))
	for _, decoded := range []bool{true, false} {
		c.expect(Origin{path, 0, side}, text(1), decoded)
		c.expect(Origin{path, side, side}, text(2), decoded)
	}
}

// TestBrokenFrames are told each time.
func TestBrokenFrames(t *testing.T) {
	c := newFrames(t, t.TempDir(), "a", 1<<20)
	broken := errors.New("broken")
	for range 2 {
		if err := c.Frame(Origin{Path: file(t, "x")}, nil, func() error { return broken }); err != broken {
			t.Errorf("error %v", err)
		}
	}
}

// TestNoRoom is a limit smaller than one frame: nothing is kept, which is said once.
func TestNoRoom(t *testing.T) {
	c := newFrames(t, t.TempDir(), "a", side)
	for range 3 {
		c.expect(Origin{Path: file(t, text(1))}, text(1), true)
	}
	if n := strings.Count(c.log.String(), "data.frame_cache.limit"); n != 1 {
		t.Errorf("%d lines about the limit: %s", n, c.log)
	}
}

// TestDamagedFrame is decoded again, and right.
func TestDamagedFrame(t *testing.T) {
	dir, origin := t.TempDir(), Origin{Path: file(t, text(1))}
	c := newFrames(t, dir, "a", 1<<20)
	c.frame(origin)
	c.Close()
	values, err := filepath.Glob(filepath.Join(dir, "*", "*.maps"))
	if err != nil || len(values) != 1 {
		t.Fatal(values, err)
	}
	if err := os.WriteFile(values[0], []byte(text(7)), 0o666); err != nil {
		t.Fatal(err)
	}
	again := newFrames(t, dir, "a", 1<<20)
	again.expect(origin, text(1), true)
	again.expect(origin, text(1), false)
}

// TestTwoAtOnce fills one folder, which has no room for all, from two caches.
func TestTwoAtOnce(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	paths := make([]string, 50)
	for i := range paths {
		paths[i] = filepath.Join(folder, text(i))
		if err := os.WriteFile(paths[i], []byte(text(i)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for range 2 {
		c := newFrames(t, dir, "a", 60*(side+52))
		for g := range 3 {
			group.Go(func() {
				for i := range 4 * len(paths) {
					n := (i*(g+1) + g) % len(paths)
					if got, _ := c.frame(Origin{Path: paths[n]}); string(got) != text(n) {
						t.Errorf("frame %d is %q", n, got)
					}
				}
			})
		}
	}
	group.Wait()
}
