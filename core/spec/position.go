package spec

import (
	"cmp"
	"fmt"
)

// Position is where a key or value stands: in a file, or on the command line.
type Position struct {
	// File is the path as people should read it: relative to the working
	// directory where that is shorter.
	File string
	// Line and Column count from 1, columns in characters. Both are 0 where the
	// file as a whole is meant.
	Line   int
	Column int
	// Override is the key=value text behind -s; when set, the rest is empty.
	Override string
}

// String returns file:line:column, or the override as it was written.
func (p Position) String() string {
	switch {
	case p.Override != "":
		return "-s " + p.Override
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// compare orders positions by file, line and column; overrides come last.
// The order is total over what String shows, so messages come in the same order each
// time.
func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Override, q.Override), cmp.Compare(p.File, q.File),
		cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}
