package data

import (
	"fmt"
	"slices"
	"strings"

	"montage/core/hint"
)

// Problem is one thing that is wrong with a data set.
type Problem struct {
	// File and Line say where: a line of the label file, or Line 0 for a folder.
	File string
	Line int
	// Path is the file or folder that cannot be used, "" where none is to blame.
	Path string
	// Text says what is wrong, Hint how to fix it.
	Text, Hint string
}

// Reason is the text without the file or folder that is to blame, for lists that have a column for it.
func (p Problem) Reason() string {
	text := strings.TrimPrefix(p.Text, "frame "+p.Path)
	return strings.TrimLeft(text, ": ")
}

// String returns "file:line: text" with what there is of it, without the hint.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Error is String.
func (p Problem) Error() string { return p.String() }

// Hints returns the hint, or "" where there is none.
func (p Problem) Hints() []string { return []string{p.Hint} }

// Problems is everything that is wrong with a data set, as one error. Find it with
// errors.As.
type Problems []Problem

// shownProblems bounds the message: a folder that was not mounted breaks every row.
const shownProblems = 20

// Error lists the first 20 problems and the number of the others. A hint that
// several problems in a row share is given once, after the last of them.
func (ps Problems) Error() string {
	var text strings.Builder
	shown := ps[:min(len(ps), shownProblems)]
	for i, p := range shown {
		if i > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(p.String())
		last := i+1 == len(shown) || shown[i+1].Hint != p.Hint
		if last {
			text.WriteString(hint.Lines(p.Hint))
		}
	}
	if rest := len(ps) - len(shown); rest > 0 {
		fmt.Fprintf(&text, "\n(%d more problems not shown)", rest)
	}
	return text.String()
}

// With adds problems that are not there yet.
func (ps Problems) With(others Problems) Problems {
	known := make(map[Problem]bool, len(ps))
	for _, p := range ps {
		known[p] = true
	}
	for _, p := range others {
		if !known[p] {
			ps = append(ps, p)
		}
	}
	return ps
}

// sorted orders problems by line; those of one line stay as they were found.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Line - b.Line })
	return ps
}
