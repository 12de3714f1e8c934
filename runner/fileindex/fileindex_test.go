package fileindex

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"montage/runner/data/datatest"
)

var errBroken = errors.New("broken")

// tree is a folder of samples whose frames are sound if they hold "sound".
type tree struct {
	*testing.T
	root string
}

func newTree(t *testing.T, folders, frames int) tree {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tr := tree{t, t.TempDir()}
	for i := range folders {
		for j := range frames {
			tr.put(fmt.Sprintf("%d/%d.jpg", i, j), "sound")
		}
	}
	return tr
}

func (t tree) put(name, content string) {
	datatest.Write(t, filepath.Join(t.root, name), []byte(content))
}

func (t tree) config() Config {
	return Config{Root: t.root, Version: "1", Least: 1, Compare: strings.Compare,
		Accept: func(name string) bool { return strings.HasSuffix(name, ".jpg") },
		Now:    func() time.Time { return time.Now().Add(time.Hour) }}
}

// pass goes through the frames of folders and returns the broken ones.
func (t tree) pass(x *Index, folders ...string) (broken []string) {
	t.Helper()
	for _, name := range folders {
		f, err := x.Folder(filepath.Join(t.root, name))
		if err != nil {
			t.Fatal(err)
		}
		for i, frame := range f.Names {
			if f.Check(i, func() error { return t.check(filepath.Join(name, frame)) }) != nil {
				broken = append(broken, name+"/"+frame)
			}
		}
	}
	return broken
}

func (t tree) check(name string) error {
	text, err := os.ReadFile(filepath.Join(t.root, name))
	if err == nil && string(text) != "sound" {
		err = errBroken
	}
	return err
}

// open goes through folders with an index, saves it, and returns how many frames were looked into.
func (t tree) open(c Config, folders ...string) int {
	t.Helper()
	x := Open(c)
	t.pass(x, folders...)
	if err := x.Save(); err != nil {
		t.Error(err)
	}
	return x.Checked()
}

func (t tree) want(got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("looked into %d frames, want %d", got, want)
	}
}

func TestRemembers(t *testing.T) {
	tr := newTree(t, 3, 4)
	index := filepath.Join(tr.root, ".montage/frames.index")
	c := tr.config()
	c.Least = 13
	tr.want(tr.open(c, "0", "1", "2"), 12)
	if _, err := os.Stat(index); err == nil {
		t.Error("an index of fewer frames than it takes")
	}
	c.Least = 12
	tr.want(tr.open(c, "0", "1", "2"), 12)
	tr.want(tr.open(c, "0", "1", "2"), 0)
	before, err := os.Stat(index)
	if err != nil {
		t.Fatal(err)
	}
	tr.want(tr.open(c, "1"), 0)
	if after, err := os.Stat(index); err != nil || !os.SameFile(before, after) {
		t.Errorf("the index is written although nothing changed, or gone: %v", err)
	}
	c.Version = "2"
	tr.want(tr.open(c, "0"), 4)
	tr.want(tr.open(c, "1"), 4)
	c.Version = "1"
	tr.want(tr.open(c, "1"), 4)
}

// TestRemembersFiles asks for frames by their paths, of which one breaks.
func TestRemembersFiles(t *testing.T) {
	tr := newTree(t, 1, 3)
	pass := func() int {
		x := Open(tr.config())
		for _, name := range []string{"0/0.jpg", "0/1.jpg", "0/../0/2.jpg", "0/none.jpg"} {
			want := tr.check(name)
			if err := x.Check(tr.root+"/"+name, func() error { return tr.check(name) }); (err == nil) != (want == nil) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		if err := x.Save(); err != nil {
			t.Error(err)
		}
		return x.Checked()
	}
	written := func() time.Time {
		info, err := os.Stat(filepath.Join(tr.root, ".montage/frames.index"))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	tr.want(pass(), 4)
	tr.want(pass(), 1)
	time.Sleep(20 * time.Millisecond) // a tick of the file system's clock
	tr.put("0/1.jpg", "cut")
	tr.want(pass(), 2)
	before := written()
	tr.want(pass(), 2)
	if !written().Equal(before) {
		t.Error("the index is written although nothing changed")
	}
}

// TestRemembersRelativePaths uses the index of an absolute path for a relative one.
func TestRemembersRelativePaths(t *testing.T) {
	tr := newTree(t, 2, 3)
	tr.want(tr.open(tr.config(), "0", "1"), 6)
	t.Chdir(filepath.Dir(tr.root))
	tr.root = filepath.Base(tr.root)
	tr.want(tr.open(tr.config(), "0", "1"), 0)
	t.Chdir(tr.root)
	tr.root = "."
	tr.want(tr.open(tr.config(), "./0", "1/../1"), 0)
	c := tr.config()
	c.Root = "0"
	tr.want(tr.open(c, "1"), 3)
}

// TestKeepsWhatOthersFound opens two indexes at once, and folders one after the other.
func TestKeepsWhatOthersFound(t *testing.T) {
	tr := newTree(t, 6, 2)
	a, b := Open(tr.config()), Open(tr.config())
	tr.pass(a, "0", "1")
	tr.pass(b, "2", "3")
	for _, x := range []*Index{a, b} {
		if err := x.Save(); err != nil {
			t.Error(err)
		}
	}
	tr.want(tr.open(tr.config(), "0", "1", "2", "3"), 0)
	if err := os.RemoveAll(filepath.Join(tr.root, "3")); err != nil {
		t.Fatal(err)
	}
	tr.want(tr.open(tr.config(), "4"), 2)
	if n := len(Open(tr.config()).known.folders); n != 4 {
		t.Errorf("the index holds %d folders, want those four that are there", n)
	}
}

// TestWritersDoNotMeet writes and reads an index from many goroutines.
func TestWritersDoNotMeet(t *testing.T) {
	tr := newTree(t, 8, 2)
	tr.open(tr.config(), "0")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			x := Open(tr.config())
			if x.known.folders == nil {
				t.Error("an index that was being written cannot be read")
			}
			tr.pass(x, fmt.Sprint(i))
			if err := x.Save(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if left, _ := filepath.Glob(filepath.Join(tr.root, ".montage/.*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestLooksAtAPart changes a file in place, of which its folder's time does not tell, where each start looks at one of
// three files.
func TestLooksAtAPart(t *testing.T) {
	tr := newTree(t, 2, 50)
	tr.open(tr.config(), "0", "1")
	time.Sleep(20 * time.Millisecond) // a tick of the file system's clock
	tr.put("1/7.jpg", "cut")
	noticed := 0
	for range 60 {
		x := Open(tr.config())
		x.step = 3
		first := tr.pass(x, "0", "1")
		again := x.LookAgain()
		second := tr.pass(x, "0", "1")
		if again != (len(first) == 1) || again != slices.Equal(second, []string{"1/7.jpg"}) {
			t.Fatalf("first %v, looked again: %v, then %v", first, again, second)
		}
		if again {
			noticed++
		}
	}
	if noticed < 2 || noticed > 40 { // 20 are expected; chance goes beyond once in thirty million times
		t.Errorf("noticed %d times of 60", noticed)
	}
}

// TestLeadsNowhere writes an index that names what is outside of its folders.
func TestLeadsNowhere(t *testing.T) {
	tr := newTree(t, 1, 2)
	x := Open(tr.config())
	tr.pass(x, "0")
	for _, names := range [][]string{{"../a.jpg"}, {"/etc/passwd"}, {"a\x00.jpg"}, {"a.txt"}, {"b.jpg", "a.jpg"},
		{"a.jpg", "a.jpg"}} {
		x.folders["0"].Names = names
		text := x.folders["0"].append(nil)
		if (content{folders: map[string]string{"0": string(text)}}).folder("0", tr.config()) != nil {
			t.Errorf("names %q are taken", names)
		}
	}
}

// TestFollowsNoLink has the index's place lead to files of the user.
func TestFollowsNoLink(t *testing.T) {
	for _, name := range []string{".montage", ".montage/frames.index"} {
		tr := newTree(t, 1, 2)
		precious := filepath.Join(t.TempDir(), "frames.index")
		datatest.Write(t, precious, []byte("precious"))
		link := filepath.Join(tr.root, name)
		to := precious
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if name == ".montage" {
			to = filepath.Dir(precious)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		tr.want(tr.open(tr.config(), "0"), 2)
		tr.want(tr.open(tr.config(), "0"), 0)
		if text, err := os.ReadFile(precious); err != nil || string(text) != "precious" {
			t.Errorf("%s: the file that the link led to holds %q, %v", name, text, err)
		}
	}
}

// FuzzRead reads any bytes as an index: what is taken is written and read as the same.
func FuzzRead(f *testing.F) {
	rules := Config{Compare: strings.Compare, Accept: func(string) bool { return true }}
	x := &Index{Config: rules, files: map[string]stamp{"x/y.jpg": 7}, folders: map[string]*Folder{
		"a": {Names: []string{"1.jpg", "2.jpg"}, stamps: []stamp{1, 2}, Unread: map[string]int{".txt": 3}, stamp: 9}}}
	var text strings.Builder
	w := bufio.NewWriter(&text)
	x.write(w, nil, nil)
	_ = w.Flush()
	f.Add(text.String())
	f.Add(magic + "\x00\x01\x01a\x0b12345678\x00\x01/\x05\x00")
	f.Fuzz(func(t *testing.T, text string) {
		r := reader{rest: strings.TrimPrefix(text, magic)}
		r.text()
		c, ok := parse(r.rest)
		if !ok {
			return
		}
		c.files()
		for key := range c.folders {
			folder := c.folder(key, rules)
			if folder == nil {
				continue
			}
			again := content{folders: map[string]string{key: string(folder.append(nil))}}.folder(key, rules)
			if again == nil || !slices.Equal(again.Names, folder.Names) || !slices.Equal(again.stamps, folder.stamps) {
				t.Errorf("%+v became %+v", folder, again)
			}
		}
	})
}
