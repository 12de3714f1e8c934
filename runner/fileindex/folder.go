package fileindex

import (
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is what is in a folder.
type Folder struct {
	// Names are those of its frames, sound or not, in order. They are not to be changed.
	Names []string
	// Unread counts the files that are no frames by the ends of their names, in lower case, and folders as "/".
	// Hidden files are left out.
	Unread map[string]int

	path   string
	index  *Index
	turn   uint64
	stamp  stamp
	stamps []stamp // of the frames, 0 where one is not known to be sound; nil for a folder that is not below the root
}

// Folder lists a folder, by the index if nothing was added to it, removed or renamed.
func (x *Index) Folder(path string) (*Folder, error) {
	key, below := x.key(path)
	if !below {
		return x.list(path)
	}
	now := stampOf(path, x.Now()) // before the names: a later change is then seen as one
	f := x.known.folder(key, x.Config)
	if f == nil || now == 0 || f.stamp != now {
		old := f
		var err error
		if f, err = x.list(path); err != nil {
			return nil, err
		}
		f.stamp = now
		f.recall(old)
		if string(f.append(nil)) != x.known.folders[key] {
			x.changed.Store(true)
		}
	}
	f.path, f.index, f.turn = path, x, maphash.String(x.seed, key)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.folders[key] = f
	return f, nil
}

// list reads a folder.
func (x *Index) list(path string) (*Folder, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{Unread: map[string]int{}, index: x, path: path}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case strings.HasPrefix(name, "."): // it belongs to a desktop or file system: .DS_Store, ._0001.jpg
		case entry.IsDir():
			f.Unread["/"]++
		case x.Accept(name):
			f.Names = append(f.Names, name)
		case x.Ignore != nil && x.Ignore(name):
		default:
			f.Unread[strings.ToLower(filepath.Ext(name))]++
		}
	}
	slices.SortFunc(f.Names, x.Compare)
	return f, nil
}

// recall takes what was known of the frames that are still there.
func (f *Folder) recall(old *Folder) {
	f.stamps = make([]stamp, len(f.Names))
	if old == nil {
		return
	}
	known := make(map[string]stamp, len(old.Names))
	for i, name := range old.Names {
		known[name] = old.stamps[i]
	}
	for i, name := range f.Names {
		f.stamps[i] = known[name]
	}
}

// Check calls check for a frame, by its position in Names, unless it is known to be sound.
func (f *Folder) Check(frame int, check func() error) error {
	if f.stamps == nil {
		f.index.checked.Add(1)
		return check()
	}
	before := f.stamps[frame]
	after, err := f.index.look(f.path+string(os.PathSeparator)+f.Names[frame], before, f.turn+uint64(frame), check)
	if after != before {
		f.stamps[frame] = after
		f.index.changed.Store(true)
	}
	return err
}
