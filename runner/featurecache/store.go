// Package featurecache caches the activations of a backbone's frozen layers on disk, so that
// later epochs and runs need not compute them again.
//
// A folder holds a folder for each frozen prefix, named by a digest of all that its values
// depend on beside the pixels. In it lie segments: N.maps with the values one after
// the other, and N.index that says where each is, by a digest of the frame's pixels,
// and what its bytes add up to. Both only grow, and the index after the values. So a
// process may be killed at any moment, and whatever is missing, torn or damaged is
// not found, which costs the time of computing it and nothing else.
package featurecache

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/rs/zerolog"
)

// Key names a frame by its pixels.
type Key [32]byte

// Config says where the maps of a frozen prefix are cached. A map is the prefix's output for
// one frame.
type Config struct {
	// Dir is the folder of all frozen prefixes, which may hold Limit bytes together.
	Dir   string
	Limit int64
	// Name is the frozen prefix's own: equal names, equal values.
	Name string
	Log  zerolog.Logger
}

// Cache holds the maps of one frozen prefix. Several processes may use one folder: each sees
// what was there when it came, and what it adds itself. A problem with the folder is not an
// error of the run: the store logs it once and stops adding to the cache.
type Cache struct {
	Config
	dir   string
	inUse *os.File // holds the lock that keeps others from removing the folder

	mu       sync.RWMutex
	entries  map[Key]entry
	segments []*cacheSegment
	writing  *cacheSegment // nil before the first map of this process
	used     int64         // bytes of all prefixes, as far as this process knows
	closed   bool          // for writing
}

// entry is where a map lies.
type entry struct {
	segment *cacheSegment
	record
}

// Open reads the index of a frozen prefix. The caller closes the store.
func Open(c Config) *Cache {
	s := &Cache{Config: c, dir: filepath.Join(c.Dir, c.Name), entries: map[Key]entry{}}
	if err := s.open(); err != nil {
		s.stop(err)
	}
	return s
}

func (s *Cache) open() error {
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	var err error
	if s.inUse, err = use(s.dir); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(s.dir, "*"+indexSuffix))
	if err != nil {
		return fmt.Errorf("list the folder: %w", err)
	}
	for _, name := range names {
		g, records, err := openSegment(name)
		if err != nil {
			s.Log.Warn().Str("file", name).Msg("feature cache: left out a file: " + err.Error())
			continue
		}
		s.segments = append(s.segments, g)
		for _, r := range records {
			s.entries[r.key] = entry{g, r}
		}
	}
	s.used, err = usage(s.Dir)
	return err
}

// stop adds no more maps.
func (s *Cache) stop(err error) {
	if !s.closed {
		s.Log.Warn().Str("folder", s.Dir).Msg("feature cache: nothing more is kept: " + err.Error())
	}
	s.closed = true
}

// Len returns the number of maps.
func (s *Cache) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.entries)
}

// Has reports whether a map of so many bytes is cached.
func (s *Cache) Has(k Key, bytes int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.entries[k]
	return ok && int(e.length) == bytes
}

// Get fills out with the map of a frame, which is as long. A map that is damaged is
// forgotten, and out then holds garbage.
func (s *Cache) Get(k Key, out []byte) bool {
	s.mu.RLock()
	e, ok := s.entries[k]
	s.mu.RUnlock()
	if !ok || int(e.length) != len(out) {
		return false
	}
	if err := e.segment.read(e.record, out); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.Log.Warn().Str("file", e.segment.maps.Name()).Msg("feature cache: computed a map again: " + err.Error())
		delete(s.entries, k)
		return false
	}
	return true
}

// Put keeps the map of a frame, if there is room.
func (s *Cache) Put(k Key, kept []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.entries[k]; ok || s.closed {
		return
	}
	if err := s.put(k, kept); err != nil {
		s.stop(err)
	}
}

func (s *Cache) put(k Key, kept []byte) error {
	if s.writing == nil || s.writing.end >= segmentBytes {
		if err := s.next(); err != nil {
			return err
		}
	}
	size := int64(len(kept) + recordBytes)
	if s.used+size > s.Limit {
		s.used -= s.evict(s.used + size - s.Limit)
	}
	if s.used+size > s.Limit {
		return fmt.Errorf("its limit of %d bytes is reached, which backbone.cache.limit sets", s.Limit)
	}
	r, err := s.writing.append(k, kept)
	if err != nil {
		return err
	}
	s.used += size
	s.entries[k] = entry{s.writing, r}
	return nil
}

// next takes a segment to write to: one with room that nobody writes to, or a new
// one. Others may have filled the folder in the meantime.
func (s *Cache) next() error {
	for _, g := range s.segments {
		if g != s.writing && g.end < segmentBytes && g.claim() {
			s.writing = g
			return nil
		}
	}
	g, err := newSegment(s.dir)
	if err != nil {
		return err
	}
	s.segments, s.writing = append(s.segments, g), g
	s.used, err = usage(s.Dir)
	return err
}

// Close closes the files.
func (s *Cache) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		g.close()
	}
	if s.inUse != nil {
		_ = s.inUse.Close()
	}
	s.entries, s.segments, s.closed = nil, nil, true
}
