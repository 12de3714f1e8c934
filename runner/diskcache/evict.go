package diskcache

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// hold keeps others from removing the segment. It fails where one is doing so, or has.
func (g *cacheSegment) hold() error {
	// some network folders have no locks
	if errors.Is(unix.Flock(int(g.values.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return errRemoved
	}
	var info unix.Stat_t
	if err := unix.Fstat(int(g.values.Fd()), &info); err != nil || info.Nlink > 0 {
		return err
	}
	return errRemoved
}

var errRemoved = errors.New("another process removed it")

// use notes that this process needs the segment: its time is that of the last use.
func (g *cacheSegment) use() {
	if !g.used.Swap(true) {
		now := time.Now()
		_ = os.Chtimes(g.values.Name(), now, now) // without it, the segment may go a little early
	}
}

// usage returns the bytes of all segments of a folder.
func usage(dir string) (total int64) {
	for _, index := range indexes(dir, "*") {
		total += bytesOf(index)
	}
	return total
}

// indexes lists the indexes of segments. Whatever else lies in the folder is not a store's.
func indexes(dir, name string) []string {
	const digit = "[0-9]"
	files, _ := fs.Glob(os.DirFS(dir), path.Join(name, strings.Repeat(digit, 6)+indexSuffix)) // the pattern is one
	for i, f := range files {
		files[i] = filepath.Join(dir, f)
	}
	return files
}

// bytesOf returns the bytes of a segment.
func bytesOf(index string) (total int64) {
	for _, name := range []string{index, valuesOf(index)} {
		if info, err := os.Stat(name); err == nil {
			total += info.Size()
		}
	}
	return total
}

// evict removes segments until so many bytes are free: those of other names first, the
// longest unused before the others. It keeps what another process has open and what this one
// has used: an epoch reads all of it in turn, so replacing old values by new ones would
// leave every lookup a miss.
func (s *Store) evict(needed int64) (freed int64) {
	for _, index := range s.unused() {
		if freed >= needed {
			break
		}
		if g := s.segment(index); g != nil {
			freed += s.removeOwn(g)
		} else {
			freed += removeOther(index)
		}
	}
	return freed
}

// unused lists the indexes of segments that this process has not used, in the order in
// which they are to go.
func (s *Store) unused() (list []string) {
	used := map[string]time.Time{}
	for _, index := range indexes(s.Dir, "*") {
		if g := s.segment(index); g != nil && (g.used.Load() || g == s.writing) {
			continue
		}
		if info, err := os.Stat(valuesOf(index)); err == nil {
			used[index] = info.ModTime()
			list = append(list, index)
		}
	}
	own := func(index string) int {
		if filepath.Dir(index) == s.dir {
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(own(a), own(b)), used[a].Compare(used[b]))
	})
	return list
}

// segment returns the open segment of an index, nil where there is none.
func (s *Store) segment(index string) *cacheSegment {
	for _, g := range s.segments {
		if g.index.Name() == index {
			return g
		}
	}
	return nil
}

func removeOther(index string) int64 {
	values, err := openEither(valuesOf(index)) // network folders lock only what can be written
	if err != nil {
		return 0
	}
	defer values.Close()
	freed := remove(values, index)
	_ = os.Remove(filepath.Dir(index)) // fails where something else lies in it
	return freed
}

func (s *Store) removeOwn(g *cacheSegment) int64 {
	freed := remove(g.values, g.index.Name())
	if freed > 0 {
		maps.DeleteFunc(s.entries, func(_ Key, p place) bool { return p.segment == g })
		s.segments = slices.DeleteFunc(s.segments, func(other *cacheSegment) bool { return other == g })
		g.close()
	}
	return freed
}

// remove removes a segment that no other process has open, and returns its bytes.
func remove(values *os.File, index string) (freed int64) {
	fd := int(values.Fd())
	if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) != nil {
		_ = unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) // the failed call may have lost it
		return 0
	}
	for _, name := range []string{index, valuesOf(index)} {
		info, err := os.Stat(name)
		if err == nil && os.Remove(name) == nil {
			freed += info.Size()
		}
	}
	return freed
}
