package diskcache

import (
	"errors"
	"maps"
	"os"
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
	files, _ := filepath.Glob(filepath.Join(dir, name, strings.Repeat(digit, 6)+indexSuffix)) // the pattern is one
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

// evict removes segments that no process has used since this one began, until so many
// bytes are free: those of other names first, the longest unused before the others. It
// keeps what this process used: an epoch reads all of it in turn, so replacing old values by
// new ones would leave every lookup a miss.
func (s *Store) evict(needed int64) (freed int64) {
	type candidate struct {
		index string
		own   *cacheSegment
		used  time.Time
	}
	var list []candidate
	for _, index := range indexes(s.Dir, "*") {
		c := candidate{index: index, own: s.segment(index)}
		if c.own != nil && (c.own.used.Load() || c.own == s.writing) {
			continue
		}
		if info, err := os.Stat(valuesOf(index)); err == nil {
			c.used = info.ModTime()
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		if (a.own == nil) != (b.own == nil) {
			if a.own == nil {
				return -1
			}
			return 1
		}
		return a.used.Compare(b.used)
	})
	for _, c := range list {
		if freed >= needed {
			break
		}
		if c.own == nil {
			freed += removeOther(c.index)
		} else {
			freed += s.removeOwn(c.own)
		}
	}
	return freed
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
	values, err := os.Open(valuesOf(index))
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
