package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"montage/core/hint"
)

// maxBytes is far more than any written spec has. A larger file is a mistake, such as
// naming the data instead of the spec.
const maxBytes = 1 << 20

// source is the text of one file, with an index to find positions in it.
type source struct {
	path  string // absolute
	shown string
	data  []byte
	lines []int // offset of each line
	// last and column are the position that was computed last: positions are mostly asked for
	// in order, and a line may be as long as the file.
	last, column int
}

func (s *source) folder() string { return filepath.Dir(s.path) }

// whole is the position of the file as a whole.
func (s *source) whole() Position { return Position{File: s.shown} }

// newSource names a file; read fills it.
func newSource(path string) *source {
	absolute, err := filepath.Abs(path)
	if err != nil { // no working directory: the path is as good as it gets
		absolute = path
	}
	return &source{path: absolute, shown: shorten(path)}
}

// shorten returns the path relative to the working directory where that is shorter.
func shorten(path string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(path) {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && len(relative) < len(path) {
		return relative
	}
	return path
}

// read fetches the text, of a regular file that is not absurdly large.
func (s *source) read() error {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no such file")
	case err != nil:
		return reason(err)
	case info.IsDir():
		return fmt.Errorf("is a folder, expected a spec file")
	// A FIFO would wait for its writer, and a device may never end.
	case !info.Mode().IsRegular():
		return fmt.Errorf("is not a regular file")
	}
	file, err := os.Open(s.path)
	if err != nil {
		return reason(err)
	}
	defer file.Close()
	// The size that Stat said may have grown since, so it is the reading that is bounded.
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return reason(err)
	}
	if len(data) > maxBytes {
		return hint.With(fmt.Errorf("has more than %d bytes, which is no spec", maxBytes), "is it a data file?")
	}
	s.fill(data)
	return nil
}

// fill sets the text. A byte-order mark is not part of it.
func (s *source) fill(data []byte) {
	s.data = bytes.TrimPrefix(data, []byte("\ufeff"))
	s.lines, s.last, s.column = []int{0}, 0, 1
	for i, c := range s.data {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
}

// position returns the position of a byte. An offset outside the text is moved into it.
func (s *source) position(offset int) Position {
	offset = max(0, min(offset, len(s.data)))
	line, exact := slices.BinarySearch(s.lines, offset)
	if !exact {
		// BinarySearch gives the place behind the line that holds the offset. The first
		// line begins at 0, so there is always one before.
		line--
	}
	// Start from the last place where that lies in the same line and before this one.
	if s.last < s.lines[line] || s.last > offset {
		s.last, s.column = s.lines[line], 1
	}
	s.column += utf8.RuneCount(s.data[s.last:offset])
	s.last = offset
	return Position{File: s.shown, Line: line + 1, Column: s.column}
}

// excerpt shows the line of a position with a mark below it. It shows the part of a long
// line around the position.
func (s *source) excerpt(at Position) string {
	const before, width = 60, 100
	text := s.data[s.lines[at.Line-1]:]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	line := []rune(strings.TrimRight(strings.ToValidUTF8(string(text), "�"), "\r"))
	cut := max(0, min(at.Column-1, len(line))-before)
	mark := at.Column - 1 - cut
	line = line[cut:min(len(line), cut+width)]
	// A tab or control character becomes one blank, so that the mark stays below its
	// character.
	for i, r := range line {
		if r < ' ' || r == 0x7f {
			line[i] = ' '
		}
	}
	return fmt.Sprintf("%6d | %s\n       | %s^", at.Line, string(line), strings.Repeat(" ", mark))
}

// reason drops operation and path, which the position of the problem says already.
func reason(err error) error {
	// Only the outermost path error is taken apart; what it wraps is the system's own
	// text.
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
