package heif

import (
	"bytes"
	"errors"
)

// items is what the box meta says.
type items struct {
	primary   int
	primaryAt int // where the number of the primary item is in meta
	wide      bool
	kinds     map[int]string // "hvc1", "av01", "grid"
	links     []link
	// properties of all items, and those of each by place, counted from one.
	properties []box
	of         map[int][]int
}

// link goes from an item to others: auxl to what it is an auxiliary picture of, dimg to
// what it is made of, prem to the transparency by which its colours are multiplied.
type link struct {
	kind string
	from int
	to   []int
}

// maxItems is more than the tiles of the largest picture.
const maxItems = 65_536

func readItems(meta []byte) (*items, error) {
	if len(meta) < 4 {
		return nil, errShort
	}
	s := &items{kinds: map[int]string{}, of: map[int][]int{}}
	found := false
	err := children(meta[4:], func(b box) error {
		switch b.name {
		case "pitm":
			found = true
			s.primaryAt = 4 + b.at + 4
			return s.readPrimary(b.content)
		case "iinf":
			return s.readKinds(b.content)
		case "iref":
			return s.readLinks(b.content)
		case "iprp":
			return children(b.content, s.readProperties)
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("no picture is the primary one")
	}
	return s, err
}

func (s *items) readPrimary(content []byte) error {
	c := cursor{data: content}
	version, _ := c.full()
	s.wide = version > 0
	s.primary = c.number(s.wide)
	return c.err()
}

func (s *items) readKinds(content []byte) error {
	c := cursor{data: content}
	version, _ := c.full()
	c.number(version > 0)
	if c.short {
		return errShort
	}
	return children(c.data, func(b box) error {
		c := cursor{data: b.content}
		version, _ := c.full()
		if b.name != "infe" || version < 2 {
			return nil
		}
		id := c.number(version > 2)
		c.u16() // protection
		s.kinds[id] = string(c.take(4))
		if len(s.kinds) > maxItems {
			return errors.New("too many items")
		}
		return c.err()
	})
}

func (s *items) readLinks(content []byte) error {
	c := cursor{data: content}
	version, _ := c.full()
	if c.short {
		return errShort
	}
	return children(c.data, func(b box) error {
		c := cursor{data: b.content}
		l := link{kind: b.name, from: c.number(version > 0)}
		for range c.u16() {
			if c.short {
				break
			}
			l.to = append(l.to, c.number(version > 0))
		}
		s.links = append(s.links, l)
		return c.err()
	})
}

func (s *items) readProperties(b box) error {
	switch b.name {
	case "ipco":
		return children(b.content, func(b box) error {
			s.properties = append(s.properties, b)
			return nil
		})
	case "ipma":
		c := cursor{data: b.content}
		version, flags := c.full()
		for range c.u32() {
			id := c.number(version > 0)
			for range c.u8() {
				place := 0
				if flags&1 != 0 {
					place = c.u16() & 0x7fff
				} else {
					place = c.u8() & 0x7f
				}
				s.of[id] = append(s.of[id], place)
			}
			if c.short {
				return errShort
			}
		}
	}
	return nil
}

// property returns the first property of an item that has a name, nil for none.
func (s *items) property(id int, name string) *cursor { return s.beginning(id, name, "") }

// beginning returns what follows start in the first property that has a name and begins so, nil for none: an item may
// have properties colr of several kinds.
func (s *items) beginning(id int, name, start string) *cursor {
	for _, place := range s.of[id] {
		if place < 1 || place > len(s.properties) || s.properties[place-1].name != name {
			continue
		}
		if rest, found := bytes.CutPrefix(s.properties[place-1].content, []byte(start)); found {
			return &cursor{data: rest}
		}
	}
	return nil
}

// to returns where the first link of a kind leads from an item.
func (s *items) to(kind string, from int) []int {
	for _, l := range s.links {
		if l.kind == kind && l.from == from {
			return l.to
		}
	}
	return nil
}
