package featurecache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// useFile is locked, by all processes together, as long as its folder is in use. Its
// time is that of the last opening.
const useFile = "prefix.lock"

// use marks a frozen prefix's folder as in use.
func use(dir string) (*os.File, error) {
	name := filepath.Join(dir, useFile)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	// some network folders have no locks
	if errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return nil, errors.Join(errors.New("another process is removing it"), f.Close())
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // without it, the folder may go a little early
	return f, nil
}

// usage returns the bytes of all frozen prefixes.
func usage(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process removed it
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the folder: %w", err)
	}
	return total, nil
}

// evict removes other frozen prefixes, the least recently used first, until so many bytes are
// free, and returns how many are. It keeps the maps of this prefix: an epoch reads all of
// them in turn, so replacing old ones by new ones would leave every lookup a miss.
func (s *Cache) evict(needed int64) (freed int64) {
	for _, dir := range others(s.Dir, s.Name) {
		if freed >= needed {
			break
		}
		freed += remove(dir)
	}
	return freed
}

// others lists the folders of other frozen prefixes, the longest unused first.
func others(dir, own string) (list []string) {
	files, _ := filepath.Glob(filepath.Join(dir, "*", useFile)) // the pattern is one
	used := map[string]time.Time{}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && filepath.Base(filepath.Dir(f)) != own {
			list = append(list, filepath.Dir(f))
			used[filepath.Dir(f)] = info.ModTime()
		}
	}
	slices.SortFunc(list, func(a, b string) int { return used[a].Compare(used[b]) })
	return list
}

// remove removes the folder of a frozen prefix that nobody uses, and returns its bytes. It
// takes only files that are a store's: whatever else lies there stays.
func remove(dir string) int64 {
	f, err := os.Open(filepath.Join(dir, useFile))
	if err != nil {
		return 0
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return 0
	}
	freed := int64(0)
	for _, pattern := range []string{"*" + indexSuffix, "*" + mapsSuffix, useFile} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range files {
			info, err := os.Stat(name)
			if err == nil && os.Remove(name) == nil {
				freed += info.Size()
			}
		}
	}
	_ = os.Remove(dir) // fails where something else lies in it
	return freed
}
