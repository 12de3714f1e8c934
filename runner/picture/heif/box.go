package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxMeta limits the box that describes the pictures; without their pixels and with a
// thousand tiles it has some 30 kB. Tiny pictures lie in it.
const maxMeta = 16 << 20

var errShort = errors.New("a box ends too early")

// box is a box in memory.
type box struct {
	name    string
	content []byte
	at      int // where content starts in the box around
}

// nextBox cuts the first box off.
func nextBox(data []byte) (b box, rest []byte, err error) {
	if len(data) < 8 {
		return b, nil, errShort
	}
	size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
	switch size {
	case 0: // all that is left
		size = uint64(len(data))
	case 1:
		if len(data) < 16 {
			return b, nil, errShort
		}
		size, head = binary.BigEndian.Uint64(data[8:]), 16
	}
	if size < head || size > uint64(len(data)) {
		return b, nil, errShort
	}
	return box{string(data[4:8]), data[head:size], int(head)}, data[size:], nil
}

// children calls see for every box in data.
func children(data []byte, see func(b box) error) error {
	for whole := len(data); len(data) > 0; {
		b, rest, err := nextBox(data)
		if err != nil {
			return err
		}
		b.at += whole - len(data)
		if err := see(b); err != nil {
			return fmt.Errorf("box %q: %w", b.name, err)
		}
		data = rest
	}
	return nil
}

// findMeta skips boxes of a file up to meta and returns its content and where that starts.
func findMeta(r io.Reader) (content []byte, at int64, err error) {
	sequence := false
	for {
		var head [16]byte
		if _, err := io.ReadFull(r, head[:8]); err == io.EOF && sequence {
			return nil, 0, errors.New("a sequence of pictures without a still one")
		} else if err != nil {
			return nil, 0, errors.New("no box meta, which describes the picture")
		}
		size, used := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		if size == 1 {
			if _, err := io.ReadFull(r, head[8:]); err != nil {
				return nil, 0, errShort
			}
			size, used = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		name := string(head[4:8])
		switch {
		case name == "meta":
			if size == 0 {
				size = used + maxMeta
			}
			if size < used || size-used > maxMeta {
				return nil, 0, fmt.Errorf("the box meta has %d bytes, expected at most %d", size, maxMeta)
			}
			content, err := io.ReadAll(io.LimitReader(r, size-used))
			return content, at + used, err
		case size == 0:
			return nil, 0, errors.New("no box meta, which describes the picture")
		case size < used:
			return nil, 0, errShort
		}
		sequence = sequence || name == "moov"
		if _, err := io.CopyN(io.Discard, r, size-used); err != nil {
			return nil, 0, errShort
		}
		at += size
	}
}

// cursor reads big-endian numbers. Past the end it reads zeros and is short.
type cursor struct {
	data  []byte
	short bool
}

// take returns the next n bytes.
func (c *cursor) take(n int) []byte {
	if n > len(c.data) {
		c.short = true
		c.data = nil
		return make([]byte, n)
	}
	out := c.data[:n]
	c.data = c.data[n:]
	return out
}

func (c *cursor) u8() int  { return int(c.take(1)[0]) }
func (c *cursor) u16() int { return int(binary.BigEndian.Uint16(c.take(2))) }
func (c *cursor) u32() int { return int(binary.BigEndian.Uint32(c.take(4))) }

// number reads a number of 16 bits, or of 32 where wide.
func (c *cursor) number(wide bool) int {
	if wide {
		return c.u32()
	}
	return c.u16()
}

// full reads the version and flags with which some boxes begin.
func (c *cursor) full() (version, flags int) {
	v := c.u32()
	return v >> 24, v & 0xffffff
}

func (c *cursor) err() error {
	if c.short {
		return errShort
	}
	return nil
}
