// Package fileindex remembers which frames were found sound, so that the next start need not list folders and read
// headers again.
//
// The index of a folder is the file .montage/frames.index in it, or one in the user's cache folder where that cannot
// be written. README.md says what is believed of it and when, and what a million frames cost.
//
// An index is a cache. One that is damaged, of another version or written by somebody who means harm costs the time
// of making it again. It names no file outside its folder, and what it says is only that a frame was sound: problems
// are never taken from it, and each frame is checked again when it is decoded.
package fileindex

import (
	"hash/maphash"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what to remember.
type Config struct {
	// Root is the folder that the index is of. What is not below it is looked at each time, as are relative paths
	// where Root is absolute.
	Root string
	// Version names the rules by which frames are chosen and checked: what was found under others is not used.
	Version string
	// Accept reports whether a file in a folder is a frame, by its name, and Compare orders frames.
	Accept  func(name string) bool
	Compare func(a, b string) int
	// Ignore, when set, reports whether a file that is no frame needs no word, as hidden files do.
	Ignore func(name string) bool
	// Least is the number of frames from which on an index is begun. One that exists is kept up to date.
	Least int
	// Now is the clock, nil that of the system.
	Now func() time.Time
}

// looked is the number of frames up to which each file is looked at, and of how many is looked at beyond: it takes
// 1.5 microseconds of a processor each.
const looked = 100_000

// Index is what is known of the frames below a folder, for use by any number of goroutines.
type Index struct {
	Config
	places []string
	prefix string // of the paths below the root
	exists bool   // there was an index, of use or not
	known  content
	// knownFiles are known's, which are read where they are asked for.
	knownFiles func() map[string]stamp

	// Of many files one in step is looked at, others at the next start.
	step uint64
	seed maphash.Seed

	mu      sync.Mutex
	folders map[string]*Folder
	files   map[string]stamp

	changed atomic.Bool // something differs from what was read
	differs atomic.Bool // a file has changed that its folder's time does not tell of
	checked atomic.Int64
}

// Open reads the index of a folder. One that is of no use is as none.
func Open(c Config) *Index {
	if c.Now == nil {
		c.Now = time.Now
	}
	x := &Index{Config: c, places: places(c.Root), prefix: prefix(c.Root), step: 1, seed: maphash.MakeSeed(),
		folders: map[string]*Folder{}, files: map[string]stamp{}}
	x.known, x.exists = x.load()
	x.knownFiles = sync.OnceValue(x.known.files)
	if x.known.frames > looked {
		x.step = uint64(1 + (x.known.frames-1)/looked)
	}
	return x
}

// prefix returns what the paths below a folder begin with.
func prefix(root string) string {
	root = filepath.Clean(root)
	if root == "." {
		return ""
	}
	return strings.TrimSuffix(root, string(os.PathSeparator)) + string(os.PathSeparator)
}

// Checked returns the number of frames that were not taken from the index.
func (x *Index) Checked() int { return int(x.checked.Load()) }

// LookAgain reports whether one of some files that were looked at has changed. From then on all are looked at, so
// the caller goes through its frames once more.
func (x *Index) LookAgain() bool {
	if x.step == 1 || !x.differs.Load() {
		return false
	}
	x.step = 1
	return true
}

// Check calls check for a frame that a caller knows by its path, unless it is known to be sound.
func (x *Index) Check(path string, check func() error) error {
	key, below := x.key(path)
	if !below {
		x.checked.Add(1)
		return check()
	}
	before := x.knownFiles()[key]
	after, err := x.look(path, before, maphash.String(x.seed, key), check)
	if after != before {
		x.changed.Store(true)
	}
	if after != 0 || before != 0 {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.files[key] = after
	}
	return err
}

// look calls check for a file that is not as it was, and returns the stamp to remember, 0 for none.
func (x *Index) look(path string, before stamp, turn uint64, check func() error) (stamp, error) {
	if before != 0 && turn%x.step != 0 {
		return before, nil
	}
	now := stampOf(path, x.Now()) // before the check: a later change is then seen as one
	if now != 0 && now == before {
		return now, nil
	}
	if before != 0 {
		x.differs.Store(true)
	}
	x.checked.Add(1)
	if err := check(); err != nil {
		return 0, err
	}
	return now, nil
}

// key returns the name of a path in the index, and reports whether it is below the root.
func (x *Index) key(path string) (string, bool) {
	key, below := strings.CutPrefix(filepath.Clean(path), x.prefix)
	return key, below && filepath.IsLocal(key)
}
