package labelfile

import "bytes"

// lines numbers the lines of a text. Offsets must not go back, so that each byte is looked
// at once.
type lines struct {
	text   []byte
	offset int64
	before int // lines that end before the offset
}

// at returns the line of an offset.
func (l *lines) at(offset int64) int {
	if offset > l.offset {
		l.before += bytes.Count(l.text[l.offset:offset], []byte("\n"))
		l.offset = offset
	}
	return 1 + l.before
}

// next returns the line of the next element of a JSON list or object.
func (l *lines) next(offset int64) int {
	for offset < int64(len(l.text)) && bytes.IndexByte([]byte(" \t\r\n,:["), l.text[offset]) >= 0 {
		offset++
	}
	return l.at(offset)
}
