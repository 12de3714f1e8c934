// Package diskcache keeps values that take long to compute on disk, so that later epochs and
// runs need not compute them again.
//
// A folder holds a folder for each name, a digest of all that its values depend on
// beside their keys. In it lie segments: N.maps with the values one after the other, and
// N.index that says where each is, by its key, and what its bytes add up to. Both only grow,
// and the index after the values. So a process may be killed at any moment, and whatever
// is missing, torn or damaged is not found, which costs the time of computing it and
// nothing else.
package diskcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Key names a value within its Name: equal keys, equal values.
type Key [32]byte

// Config says where values are kept.
type Config struct {
	// Dir is the folder of all names, which may hold Limit bytes together. Processes that
	// write at once may exceed it by a thirtieth each.
	Dir   string
	Limit int64
	// Name tells values apart whose keys may be equal.
	Name string
	// Table is that of the spec, such as backbone.cache, for messages.
	Table string
	Log   zerolog.Logger
}

// Store holds the values of one name. Several processes may use one folder: each looks,
// at most once a second, for what the others added when it misses a value. A problem with
// the folder is not an error of the run: the store logs it once and keeps no more values.
type Store struct {
	Config
	dir string

	mu       sync.RWMutex
	entries  map[Key]place
	segments []*cacheSegment
	writing  *cacheSegment // nil before the first value of this process
	used     int64         // bytes of all names, as far as this process knows
	measured int64         // bytes that this process wrote since it measured them
	closed   bool          // for writing
	looked   time.Time     // when this process last looked for what others add
}

// place is where a value lies.
type place struct {
	segment     *cacheSegment
	offset      int64
	length, sum uint32
}

// Open reads the index of a name. The caller closes the store.
func Open(c Config) *Store {
	s := &Store{Config: c, dir: filepath.Join(c.Dir, c.Name), entries: map[Key]place{}}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		s.stop(fmt.Errorf("make the folder: %w", err))
	}
	s.look(c.Log)
	s.used = usage(s.Dir)
	return s
}

// lookAgain is how long a process does without what others add.
const lookAgain = time.Second

// look reads what others have added to the indexes, and logs which cannot be read. A folder
// without the right to write will do.
func (s *Store) look(log zerolog.Logger) {
	for _, index := range indexes(s.Dir, s.Name) {
		g := s.segment(index)
		if g == nil {
			var err error
			g, err = openSegment(index)
			if errors.Is(err, errRemoved) || errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				log.Warn().Str("file", index).Msg(s.Table + ": left out a file: " + err.Error())
				continue
			}
			s.segments = append(s.segments, g)
		}
		if g == s.writing {
			continue
		}
		for _, r := range g.added() {
			s.entries[r.key] = place{g, r.offset, r.length, r.sum}
		}
	}
	s.looked = time.Now()
}

// stop keeps no more values.
func (s *Store) stop(err error) {
	if !s.closed {
		s.Log.Warn().Str("folder", s.Dir).Msg(s.Table + ": nothing more is kept: " + err.Error())
	}
	s.closed = true
}

// Len returns the number of values.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.entries)
}

// Has reports whether a value of so many bytes is kept.
func (s *Store) Has(k Key, bytes int) bool {
	s.mu.RLock()
	p, ok := s.entries[k]
	old := !ok && time.Since(s.looked) > lookAgain
	s.mu.RUnlock()
	if old {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.entries != nil && time.Since(s.looked) > lookAgain { // it is open, and nobody else did
			s.look(zerolog.Nop()) // it was logged when the store opened
		}
		p, ok = s.entries[k]
	}
	return ok && int(p.length) == bytes
}

// Get fills out with a value, which is as long. One that is damaged is forgotten, and out
// then holds garbage.
func (s *Store) Get(k Key, out []byte) bool {
	if !s.Has(k, len(out)) {
		return false
	}
	p, err := s.get(k, out)
	if err == nil {
		return p.segment != nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Log.Warn().Str("folder", s.dir).Msg(s.Table + ": computed a value again: " + err.Error())
	if s.entries[k] == p {
		delete(s.entries, k)
	}
	return false
}

// get returns no place where there is no such value.
func (s *Store) get(k Key, out []byte) (place, error) {
	s.mu.RLock() // so that the segment stays
	defer s.mu.RUnlock()
	p, ok := s.entries[k]
	if !ok || int(p.length) != len(out) {
		return place{}, nil // it was removed just now
	}
	return p, p.segment.read(p, out)
}

// Put keeps a value, if there is room.
func (s *Store) Put(k Key, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.entries[k]; ok || s.closed {
		return
	}
	if err := s.put(k, value); err != nil {
		s.stop(err)
	}
}

func (s *Store) put(k Key, value []byte) error {
	size := int64(len(value) + recordBytes)
	if s.used+size > s.Limit || s.measured > s.Limit/32 {
		s.used, s.measured = usage(s.Dir), 0
	}
	if s.used+size > s.Limit {
		s.used -= s.evict(s.used + size - s.Limit)
	}
	if s.used+size > s.Limit {
		return fmt.Errorf("its limit of %d bytes is reached, which %s.limit sets", s.Limit, s.Table)
	}
	if s.writing == nil || s.writing.end >= s.segmentBytes() {
		if err := s.next(); err != nil {
			return err
		}
	}
	r, err := s.writing.append(k, value)
	if err != nil {
		return err
	}
	s.used += size
	s.measured += size
	s.entries[k] = place{s.writing, r.offset, r.length, r.sum}
	return nil
}

// segmentBytes is where a segment ends and another begins. Segments are what is removed
// to make room, so a folder has about 32 of them.
func (s *Store) segmentBytes() int64 { return max(1<<20, min(s.Limit/32, 1<<30)) }

// next takes a segment to write to: one with room that nobody writes to, or a new one.
func (s *Store) next() error {
	for _, g := range s.segments {
		if g != s.writing && g.end < s.segmentBytes() && g.claim() {
			s.writing = g
			return nil
		}
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil { // others may have removed it
		return fmt.Errorf("make the folder: %w", err)
	}
	g, err := newSegment(s.dir)
	if err == nil {
		s.segments, s.writing = append(s.segments, g), g
	}
	return err
}

// Close closes the files.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		g.close()
	}
	s.entries, s.segments, s.closed = nil, nil, true
}
