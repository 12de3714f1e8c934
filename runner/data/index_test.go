package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"montage/runner/data/datatest"
)

// messy is a tree of samples of every kind, sound and broken.
type messy struct {
	root    string
	samples []Sample
	// soon reads the files as if they had just been written, so that their times say nothing.
	soon bool
}

func newMessy(t *testing.T) *messy {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	m := &messy{root: t.TempDir()}
	for i := range 12 {
		m.write(t, fmt.Sprintf("frames/a/%d.jpg", i), datatest.Photo(t, uint8(i)))
	}
	for _, name := range []string{"frames/b/1.jpg", "frames/b/2.JPG", "more/deep/d/1.png", "images/x.jpg",
		"images/z.jpg"} {
		m.write(t, name, datatest.Photo(t, 9))
	}
	for _, name := range []string{"frames/b/3.jpg", "frames/bad/1.jpg", "images/y.jpg", "frames/a/notes.txt",
		"frames/a/inner/1.jpg", "frames/a/.hidden.jpg", "frames/bare/a.psd"} {
		m.write(t, name, []byte("no picture"))
	}
	m.write(t, "frames/b/4.jpg/x", nil) // a folder by the name of a frame
	for link, to := range map[string]string{"frames/loop": "loop", "frames/linked": "a", "frames/b/5.jpg": "5.jpg",
		"frames/b/6.jpg": "../a/1.jpg", "more/up": ".."} {
		if err := os.Symlink(to, filepath.Join(m.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"frames/a", "frames/b", "frames/bad", "frames/bare", "frames/gone", "frames/loop",
		"frames/linked", "more/deep/d", "more/up/frames/a"} {
		m.samples = append(m.samples, Sample{ID: dir, Dir: filepath.Join(m.root, dir)})
	}
	m.samples = append(m.samples, Sample{ID: "x", Dir: filepath.Join(m.root, "images"), Frames: []string{"x.jpg"}},
		Sample{ID: "y", Dir: filepath.Join(m.root, "images"), Frames: []string{"y.jpg"}},
		Sample{ID: "z", Dir: m.root, Frames: []string{"images/z.jpg", "images/none.jpg", "frames/a/2.jpg"}})
	return m
}

func (m *messy) write(t *testing.T, name string, content []byte) {
	datatest.Write(t, filepath.Join(m.root, name), content)
}

// open checks the samples by the index in a folder, and returns how many frames were looked into.
func (m *messy) open(t *testing.T, root string, onError OnError) (*Dataset, string, int) {
	t.Helper()
	told := 0
	source := Checking{Path: "train.csv", OnError: onError, Progress: func(done, total int) {
		if told++; done != told || total != len(m.samples) {
			t.Errorf("told of %d of %d after %d", done, total, told)
		}
	}}
	c := &check{source: source, data: &Dataset{Samples: slices.Clone(m.samples)}, config: indexConfig(m.samples)}
	c.config.Root, c.config.Least = root, 1
	c.config.Now = func() time.Time { return time.Now().Add(time.Hour) }
	if m.soon {
		c.config.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	}
	d, err := c.run(context.Background(), nil)
	if told != len(m.samples) {
		t.Errorf("told of %d samples", told)
	}
	return d, fmt.Sprint(err), c.index.Checked()
}

// same checks the samples with an index and without, and again. Only broken frames are looked into again.
func (m *messy) same(t *testing.T, name string) {
	t.Helper()
	time.Sleep(20 * time.Millisecond) // a tick of the file system's clock
	for range 2 {
		for _, onError := range []OnError{Fail, Skip} {
			want, wantErr, _ := m.open(t, t.TempDir(), onError)
			got, gotErr, checked := m.open(t, m.root, onError)
			if gotErr != wantErr || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: with the index\n%+v\n%s\nwithout\n%+v\n%s", name, onError, got, gotErr, want, wantErr)
			}
			if onError == Skip && checked != m.doubtful(want) {
				t.Errorf("%s: looked into %d frames, want %d", name, checked, m.doubtful(want))
			}
		}
	}
}

// doubtful counts the frames that no index may take for sound.
func (m *messy) doubtful(d *Dataset) int {
	if !m.soon {
		return d.Skipped.Frames
	}
	n := 0
	for _, s := range d.Samples {
		n += len(s.Frames)
	}
	return n
}

func (m *messy) at(name string) string { return filepath.Join(m.root, name) }

// changes are what people and programs do to files and folders.
func (m *messy) changes(t *testing.T) []change {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	rename := func(from, to string) { must(os.Rename(m.at(from), m.at(to))) }
	sound := datatest.Photo(t, 1)
	broken := bytes.Repeat([]byte("x"), len(sound))
	return []change{
		{"replaced in place, same size", func() { m.write(t, "frames/a/1.jpg", broken) }},
		{"mended", func() { m.write(t, "frames/a/1.jpg", sound) }},
		{"time set back", func() {
			info, err := os.Stat(m.at("frames/a/3.jpg"))
			must(err)
			m.write(t, "frames/a/3.jpg", broken)
			must(os.Chtimes(m.at("frames/a/3.jpg"), time.Time{}, info.ModTime()))
		}},
		{"removed", func() { must(os.Remove(m.at("frames/a/3.jpg"))) }},
		{"added", func() { m.write(t, "frames/bare/1.jpg", sound); m.write(t, "frames/b/0.jpg", broken) }},
		{"renamed", func() { rename("frames/b/0.jpg", "frames/b/00.jpg") }},
		{"renamed over another", func() { rename("frames/b/00.jpg", "frames/b/1.jpg") }},
		{"an image replaced, one removed", func() {
			m.write(t, "images/z.jpg", broken)
			must(os.Remove(m.at("images/x.jpg")))
		}},
		{"a link to another file", func() {
			must(os.Remove(m.at("frames/b/6.jpg")))
			must(os.Symlink("../bad/1.jpg", m.at("frames/b/6.jpg")))
		}},
		{"what a link leads to replaced", func() { m.write(t, "frames/bad/1.jpg", sound) }},
		{"folder replaced", func() {
			rename("frames/b", "frames/gone")
			m.write(t, "frames/b/1.jpg", sound)
		}},
		{"folder a file", func() {
			must(os.RemoveAll(m.at("frames/bare")))
			m.write(t, "frames/bare", sound)
		}},
		{"folder removed", func() { must(os.RemoveAll(m.at("frames/a"))) }},
	}
}

type change struct {
	name string
	make func()
}

func TestIndexChangesNothing(t *testing.T) {
	m := newMessy(t)
	m.same(t, "new")
	for _, c := range m.changes(t) {
		c.make()
		m.same(t, c.name)
	}
}

// TestIndexDistrustsTheClock changes files within the time that their clocks may not tell of.
func TestIndexDistrustsTheClock(t *testing.T) {
	m := newMessy(t)
	m.soon = true
	m.same(t, "new")
	for _, c := range m.changes(t) {
		c.make()
		m.same(t, c.name)
	}
}

// TestIndexOfWhatWasDone interrupts the check half-way: the next one looks into what is left.
func TestIndexOfWhatWasDone(t *testing.T) {
	m := newMessy(t)
	_, _, all := m.open(t, t.TempDir(), Skip)
	ctx, cancel := context.WithCancel(context.Background())
	c := &check{data: &Dataset{Samples: m.samples}, config: indexConfig(m.samples)}
	c.config.Root, c.config.Least = m.root, 1
	c.config.Now = func() time.Time { return time.Now().Add(time.Hour) }
	c.source.Progress = func(done, _ int) {
		if done == 1 { // frames/a, or what another thread had
			cancel()
		}
	}
	if _, err := c.run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if d, _, checked := m.open(t, m.root, Skip); checked >= all || checked < d.Skipped.Frames {
		t.Errorf("after an interruption looked into %d of %d frames, of which %d are broken", checked, all,
			d.Skipped.Frames)
	}
}

// TestIndexMayBeAnything puts other things in the index's place.
func TestIndexMayBeAnything(t *testing.T) {
	m := newMessy(t)
	m.same(t, "new")
	index := m.at(".montage/frames.index")
	whole, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 149 {
		damaged := slices.Clone(whole)
		damaged[at] ^= 1
		m.write(t, ".montage/frames.index", damaged)
		m.same(t, fmt.Sprint("damaged at ", at))
	}
	for name, content := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": nil, "longer": append(whole, 0),
		"of another": bytes.Replace(whole, []byte("frames 1"), []byte("frames 2"), 1)} {
		m.write(t, ".montage/frames.index", content)
		m.same(t, name)
	}
	if err := os.RemoveAll(m.at(".montage")); err != nil {
		t.Fatal(err)
	}
	m.write(t, ".montage", []byte("no folder")) // as where writing is not permitted
	m.same(t, "in the cache folder")
	if found, _ := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "montage/index/*")); len(found) != 1 {
		t.Errorf("the user's cache folder holds %v", found)
	}
}

func TestCommonFolder(t *testing.T) {
	for want, dirs := range map[string][]string{"/d/frames": {"/d/frames/a", "/d/frames/b"}, "/d": {"/d/a", "/d/ab/c"},
		"data": {"data/x/1", "data/y"}, "/": {"/a/b", "/c/d"}, ".": {"a", "b/c"}} {
		var samples []Sample
		for _, dir := range dirs {
			samples = append(samples, Sample{Dir: dir})
		}
		if got := commonFolder(samples); got != want {
			t.Errorf("of %q it is %q, want %q", dirs, got, want)
		}
	}
	files := []Sample{{Dir: "/d", Frames: []string{"a/1.jpg"}}, {Dir: "a.tar", Parts: []Part{{}}}}
	if got := commonFolder(files); got != "/d" {
		t.Errorf("of files it is %q", got)
	}
}

func TestUnreadFilesAreTold(t *testing.T) {
	m := newMessy(t)
	d, _, _ := m.open(t, m.root, Skip)
	want := "train.csv: files that were not read: folders 4, .txt 3" // a is there three times; bare holds no frame
	if len(d.Warnings) != 1 || d.Warnings[0].String() != want {
		t.Errorf("warnings %v, want %s", d.Warnings, want)
	}
}
