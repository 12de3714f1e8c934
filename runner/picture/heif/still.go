package heif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Still is what a file says about the picture that it shows.
type Still struct {
	// Coding is how the pixels are packed: "av01" in AVIF, "hvc1" in HEIC.
	Coding string
	// Width and Height are of the pixels as stored, without what is cut off.
	Width, Height int
	// Whole is the width and height with what is cut off.
	Whole [2]int
	// Depth is the number of bits of a value in HEIC, 0 in AVIF.
	Depth int
	// Orientation is how the stored pixels have to be turned, 1 to 8 as in Exif.
	Orientation int
	// Colours are the range and matrix of the planes, nil where the file does not say. The
	// container's say goes before the sequence's.
	Colours *Colours
	// Premultiplied reports whether the colours are multiplied by the transparency.
	Premultiplied bool

	alpha     int
	primaryAt int64
	wide      bool
}

// Colours are the numbers of ITU-T H.273.
type Colours struct {
	Matrix int
	// Full reports whether light goes from 0 to 255, not from 16 to 235.
	Full bool
}

// Read reads a file up to the end of its description.
func Read(r io.Reader) (Still, error) {
	meta, at, err := findMeta(r)
	if err != nil {
		return Still{}, err
	}
	s, err := readItems(meta)
	if err != nil {
		return Still{}, err
	}
	p := s.primary
	still := Still{Coding: s.kinds[p], wide: s.wide, primaryAt: at + int64(s.primaryAt), Orientation: s.orientation()}
	first := p
	if tiles := s.to("dimg", p); still.Coding == "grid" && len(tiles) > 0 {
		first = tiles[0]
		still.Coding = s.kinds[first]
	}
	if still.Coding != "av01" && still.Coding != "hvc1" {
		return still, fmt.Errorf("the picture is coded as %q, expected av01 (AVIF) or hvc1 (HEIC)", still.Coding)
	}
	if err := s.size(&still); err != nil {
		return still, err
	}
	for _, id := range []int{p, first} {
		if c := s.beginning(id, "colr", "nclx"); c != nil && still.Colours == nil {
			c.take(4) // primaries and transfer
			still.Colours = &Colours{Matrix: c.u16(), Full: c.u8()&0x80 != 0}
		}
	}
	if c := s.property(first, "hvcC"); c != nil {
		if still.Colours == nil {
			still.Colours = coloursOf(c.data)
		}
		c.take(17)
		still.Depth = 8 + c.u8()&7
	}
	still.alpha = s.alpha()
	still.Premultiplied = still.alpha != 0 && slices.Contains(s.to("prem", p), still.alpha)
	return still, nil
}

// size sets the size of the primary item, without what a clean aperture cuts off: libavif
// cuts nothing off.
func (s *items) size(still *Still) error {
	c := s.property(s.primary, "ispe")
	if c == nil {
		return errors.New("the size of the picture is missing")
	}
	c.full()
	w, h := c.u32(), c.u32()
	if c.short {
		return errShort
	}
	still.Whole = [2]int{w, h}
	if c := s.property(s.primary, "clap"); c != nil && still.Coding == "hvc1" {
		cut, by := [2]int{}, [2]int{}
		for i := range cut {
			cut[i], by[i] = c.u32(), max(1, c.u32())
		}
		w, h = min(w, (cut[0]+by[0]/2)/by[0]), min(h, (cut[1]+by[1]/2)/by[1])
	}
	still.Width, still.Height = w, h
	return nil
}

// orientation is that of a rotation and then a mirror, in this order.
func (s *items) orientation() int {
	turns, mirror := 0, 0
	if c := s.property(s.primary, "irot"); c != nil {
		turns = c.u8() & 3 // against the clock
	}
	if c := s.property(s.primary, "imir"); c != nil {
		mirror = 1 + c.u8()&1 // top with bottom, or left with right
	}
	return [4][3]int{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}[turns][mirror]
}

// alpha returns the item that holds the primary one's transparency, 0 for none.
func (s *items) alpha() int {
	for _, l := range s.links {
		if l.kind != "auxl" || !slices.Contains(l.to, s.primary) {
			continue
		}
		c := s.property(l.from, "auxC")
		if c == nil {
			continue
		}
		c.full()
		kind, _, _ := bytes.Cut(c.data, []byte{0})
		if k := string(kind); k == "urn:mpeg:hevc:2015:auxid:1" ||
			strings.HasPrefix(k, "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") {
			return l.from
		}
	}
	return 0
}

// AlphaFile returns a copy of the file whose picture is the transparency, and false where
// the file has none.
func (s Still) AlphaFile(content []byte) ([]byte, bool) {
	if s.alpha == 0 {
		return nil, false
	}
	out := bytes.Clone(content)
	if s.wide {
		binary.BigEndian.PutUint32(out[s.primaryAt:], uint32(s.alpha))
	} else {
		binary.BigEndian.PutUint16(out[s.primaryAt:], uint16(s.alpha))
	}
	return out, true
}
