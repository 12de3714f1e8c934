package data

import (
	"container/list"
	"sync"
)

// cache keeps the pixels of the frames that were used last, for concurrent use.
type cache struct {
	mu     sync.Mutex
	limit  int64 // bytes
	used   int64
	recent *list.List // of *cached, the latest in front
	frames map[string]*list.Element
}

// cached is one frame. Its pixels never change, so that they can be copied out
// while others are added and dropped.
type cached struct {
	path   string
	pixels []uint8
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, recent: list.New(), frames: map[string]*list.Element{}}
}

// get copies a frame's pixels, if they are there, and reports whether they were.
func (c *cache) get(path string, pixels []uint8) bool {
	c.mu.Lock()
	element, ok := c.frames[path]
	if ok {
		c.recent.MoveToFront(element)
	}
	c.mu.Unlock()
	if ok {
		copy(pixels, element.Value.(*cached).pixels)
	}
	return ok
}

// put keeps a copy of a frame's pixels and drops the least recently used frames until all
// fit.
func (c *cache) put(path string, pixels []uint8) {
	if int64(len(pixels)) > c.limit {
		return
	}
	frame := &cached{path, append([]uint8(nil), pixels...)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.frames[path]; ok {
		return // another goroutine read it at the same time
	}
	c.frames[path] = c.recent.PushFront(frame)
	c.used += int64(len(pixels))
	for c.used > c.limit {
		oldest := c.recent.Remove(c.recent.Back()).(*cached)
		delete(c.frames, oldest.path)
		c.used -= int64(len(oldest.pixels))
	}
}
