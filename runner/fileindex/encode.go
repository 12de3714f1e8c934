package fileindex

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// content is what an index holds. All strings are parts of one.
type content struct {
	frames  int
	folders map[string]string // encoded, by their paths
	listed  string            // encoded: frames that were asked for by their paths
}

// folder returns what is known of a folder, nil for nothing.
func (c content) folder(key string, rules Config) *Folder {
	text, ok := c.folders[key]
	if !ok {
		return nil
	}
	r := reader{rest: text}
	f := &Folder{stamp: r.stamp()}
	n := r.count(1 + stampBytes)
	f.Names, f.stamps = make([]string, n), make([]stamp, n)
	for i := range n {
		f.Names[i], f.stamps[i] = r.text(), r.stamp()
		// No listing holds other names: whoever wrote it, it leads to no other folder.
		if strings.ContainsAny(f.Names[i], "/\x00") || !rules.Accept(f.Names[i]) ||
			i > 0 && rules.Compare(f.Names[i-1], f.Names[i]) >= 0 {
			return nil
		}
	}
	n = r.count(2)
	f.Unread = make(map[string]int, n)
	for range n {
		end := r.text()
		f.Unread[end] = r.number()
	}
	if r.bad || r.rest != "" {
		return nil
	}
	return f
}

// append encodes a folder.
func (f *Folder) append(b []byte) []byte {
	b = appendStamp(b, f.stamp)
	b = appendNumber(b, len(f.Names))
	for i, name := range f.Names {
		b = appendStamp(appendText(b, name), f.stamps[i])
	}
	b = appendNumber(b, len(f.Unread))
	for _, end := range slices.Sorted(maps.Keys(f.Unread)) {
		b = appendNumber(appendText(b, end), f.Unread[end])
	}
	return b
}

// parse reads an index behind its first line.
func parse(text string) (content, bool) {
	r := reader{rest: text}
	n := r.count(2)
	c := content{folders: make(map[string]string, n)}
	for range n {
		key := r.text()
		c.folders[key] = r.text()
		frames := reader{rest: c.folders[key]}
		frames.stamp()
		c.frames += frames.count(1 + stampBytes)
	}
	c.listed = r.rest
	c.frames += r.count(1 + stampBytes)
	return c, !r.bad
}

// files returns the frames that were asked for by their paths.
func (c content) files() map[string]stamp {
	r := reader{rest: c.listed}
	n := r.count(1 + stampBytes)
	files := make(map[string]stamp, n)
	for range n {
		key := r.text()
		files[key] = r.stamp()
	}
	if r.bad || r.rest != "" {
		return nil
	}
	return files
}

const stampBytes = 8

func appendStamp(b []byte, s stamp) []byte { return binary.LittleEndian.AppendUint64(b, uint64(s)) }
func appendNumber(b []byte, n int) []byte  { return binary.AppendUvarint(b, uint64(n)) }
func appendText(b []byte, text string) []byte {
	return append(appendNumber(b, len(text)), text...)
}

// reader reads what was encoded. What it cannot read is zero, and sets bad.
type reader struct {
	rest string
	bad  bool
}

func (r *reader) fail() { r.rest, r.bad = "", true }

func (r *reader) number() int {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64-1; i++ { // 63 bits: an int is never negative
		b := r.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			return int(n)
		}
	}
	r.fail()
	return 0
}

// count reads how many things follow, each of so many bytes at least.
func (r *reader) count(bytes int) int {
	n := r.number()
	if n > len(r.rest)/bytes {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) text() string {
	n := r.count(1)
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

func (r *reader) stamp() (s stamp) {
	if len(r.rest) < stampBytes {
		r.fail()
		return 0
	}
	for i := range stampBytes {
		s |= stamp(r.rest[i]) << (8 * i)
	}
	r.rest = r.rest[stampBytes:]
	return s
}
