package spec

import (
	"fmt"
	"slices"
	"strings"

	"montage/core"
	"montage/core/hint"
)

// Problem is one thing that is wrong with a spec.
type Problem struct {
	Pos Position
	// Message says what is wrong, what was expected and what was seen; Hint says
	// how to mend it and may be empty.
	Message string
	Hint    string
	// Excerpt shows the line with a mark below the position, for errors of syntax.
	Excerpt string
}

// Error returns position and message, then the excerpt on lines of its own.
func (p Problem) Error() string {
	text := p.Pos.String() + ": " + p.Message
	if p.Excerpt != "" {
		text += "\n" + p.Excerpt
	}
	return text
}

// Hints returns the hint, or "" where there is none.
func (p Problem) Hints() []string { return []string{p.Hint} }

// Problems is everything that is wrong with a spec. Those that [Load] and the
// checks return are sorted by position. Put it into an error through [Problems.Err]:
// a nil Problems in an error is not a nil error.
type Problems []Problem

// Error lists all problems, sorted by position, each with its own hint.
func (ps Problems) Error() string {
	var lines []string
	for _, p := range ps.sorted() {
		lines = append(lines, hint.Text(p))
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems as an error, nil where there is none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

// sorted returns a copy in order of position, without repetitions; problems of one
// position stay in the order in which they were found.
func (ps Problems) sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int { return a.Pos.compare(b.Pos) })
	// Two checks may find the same fault.
	return slices.Compact(out)
}

func (ps *Problems) add(pos Position, hint, format string, args ...any) {
	*ps = append(*ps, Problem{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// At reports an error of planning at the line that caused it. Path leads to the
// component's table, such as branch.supervised.head. An error that is or wraps
// [core.OptionError]s gives a problem for each, at the option.
func (s *Spec) At(path string, err error) Problems {
	var problems Problems
	for _, option := range core.OptionErrors(err) {
		problems = append(problems, s.atOption(path, option))
	}
	// The error names no option, so the table as a whole is the best position.
	if len(problems) == 0 {
		problems = append(problems, problemAt(s.PosOf(path), err))
	}
	return problems
}

// problemAt gives an error and its hints a position.
func problemAt(pos Position, err error) Problem {
	return Problem{Pos: pos, Message: err.Error(), Hint: hint.Join(hint.Of(err))}
}

func (s *Spec) atOption(path string, option *core.OptionError) Problem {
	n := s.locate(path, option.Path)
	pos := n.at
	if option.Unknown {
		// For an unknown key the key itself is wrong; for a known one it is the value.
		pos = n.key
	}
	return Problem{Pos: pos, Message: option.Problem, Hint: option.Hint}
}

// locate finds an option in the table at the path, or the nearest table around it.
// A key as such goes first: in an unknown one there may be dots.
func (s *Spec) locate(path, option string) *node {
	at, ok := s.find(path)
	if !ok {
		return at
	}
	if n := at.field(option); n != nil {
		return n
	}
	if steps, err := splitPath(option); err == nil {
		// As deep as the path exists, because an option that is missing has no position
		// of its own.
		at, _ = at.find(steps)
	}
	return at
}
