// Package framecache keeps decoded, resized frames on disk, so that later epochs and runs
// need not read and decode the files that they were made of.
//
// A frame is found by what its pixels depend on: the file's path, size, inode and times
// of change, the part of it where the file is an archive, and everything about the decoder.
// A file that is replaced has another time of change, which no program can set; one
// that changed a moment ago is not kept yet, since the clocks of file systems are coarse.
package framecache

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"montage/runner/diskcache"
)

// Config says where frames are kept.
type Config struct {
	// Dir is the folder, which may hold Limit bytes, whatever the decoders.
	Dir   string
	Limit int64
	// Decoder differs between decoders that make different pixels of a file.
	Decoder string
	Log     zerolog.Logger
}

// Cache keeps the frames of one decoder, for concurrent use. It opens its files at the first frame.
type Cache struct {
	Config
	now   func() time.Time
	store func() *diskcache.Store

	found, decoded atomic.Int64
	opened         atomic.Bool
}

// New returns a cache. The caller closes it.
func New(c Config) *Cache {
	made := &Cache{Config: c, now: time.Now}
	made.store = sync.OnceValue(func() *diskcache.Store {
		made.opened.Store(true)
		name := sha256.Sum256([]byte(c.Decoder))
		return diskcache.Open(diskcache.Config{Dir: c.Dir, Limit: c.Limit, Name: fmt.Sprintf("%x", name[:16]),
			Table: "data.frame_cache", Log: c.Log})
	})
	return made
}

// Origin is what a frame is decoded from: a file, or the part of one that is not empty.
type Origin struct {
	Path         string
	Offset, Size int64
}

// Frame fills pixels from the cache, or by decode, whose result it keeps. A nil cache
// always decodes. The errors are decode's.
func (c *Cache) Frame(from Origin, pixels []uint8, decode func() error) error {
	if c == nil {
		return decode()
	}
	key, ok := c.identify(from)
	if ok && c.store().Get(key, pixels) {
		c.found.Add(1)
		return nil
	}
	c.decoded.Add(1)
	if err := decode(); err != nil {
		return err
	}
	if after, still := c.identify(from); ok && still && after == key { // it was this file that was read
		c.store().Put(key, pixels)
	}
	return nil
}

// settled is how long ago a file must have changed so that its times are those of no later
// change: the coarsest clock that file systems have, FAT's, ticks every two seconds.
const settled = 2 * time.Second

// identify names the pixels of a file. It fails for a file that changed just now, and one
// that cannot be looked at, which decode reports.
func (c *Cache) identify(from Origin) (key diskcache.Key, ok bool) {
	var s unix.Stat_t
	path, err := filepath.Abs(from.Path)
	if err != nil || unix.Stat(path, &s) != nil {
		return key, false
	}
	if s.Ctim.Nano() > c.now().Add(-settled).UnixNano() {
		return key, false
	}
	return sha256.Sum256(fmt.Appendf(nil, "%q %d %d, %d %d %d %d", path, from.Offset, from.Size, s.Size, s.Ino,
		s.Mtim.Nano(), s.Ctim.Nano())), true
}

// Close closes the files and logs what the cache was good for.
func (c *Cache) Close() {
	if c == nil || !c.opened.Load() {
		return
	}
	c.Log.Info().Int64("found", c.found.Load()).Int64("decoded", c.decoded.Load()).Str("folder", c.Dir).
		Msg("frames of the cache on disk")
	c.store().Close()
}
