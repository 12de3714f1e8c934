package layout

import (
	"regexp"
	"slices"
	"strings"

	"montage/runner/data"
	"montage/runner/labelfile"
)

var digits = regexp.MustCompile(`[0-9]+`)

// headerIsRow reports whether the first line of a table is one of its samples: its first
// field has a number, and differs from those below it in numbers alone.
func (t *table) headerIsRow() bool {
	first := t.file.Columns[0]
	if t.file.Header == 0 || len(t.file.Rows) == 0 || !digits.MatchString(first) {
		return false
	}
	shape := digits.ReplaceAllString(first, "0")
	return !slices.ContainsFunc(t.firstRows(), func(row labelfile.Row) bool {
		v, _ := row.Value(first)
		return digits.ReplaceAllString(strings.TrimSpace(v.Text), "0") != shape
	})
}

// headerRecurs reports whether the name of a column is a value of the column too.
func (t *table) headerRecurs() bool {
	return t.file.Header > 0 && slices.ContainsFunc(t.file.Columns, func(column string) bool {
		return column != "" && slices.ContainsFunc(t.firstRows(), func(row labelfile.Row) bool {
			v, _ := row.Value(column)
			return strings.TrimSpace(v.Text) == column
		})
	})
}

func (t *table) firstRows() []labelfile.Row {
	const looked = 200
	return t.file.Rows[:min(looked, len(t.file.Rows))]
}

// warnOfCapitals warns of ids that are one on a disk that ignores capitals.
func (t *table) warnOfCapitals(entries []entry) {
	if !slices.ContainsFunc(entries, func(e entry) bool { return e.ID != strings.ToLower(e.ID) }) {
		return // ids differ
	}
	small := make(map[string]string, len(entries))
	for _, e := range entries {
		lower := strings.ToLower(e.ID)
		if other, ok := small[lower]; ok && other != e.ID {
			t.source.warn(data.Problem{File: e.File, Line: e.Line,
				Text: "the ids " + quoted([]string{other, e.ID}) + " differ only in capitals",
				Hint: "are they two samples? Disks of macOS and Windows take their folders for one"})
			return
		}
		small[lower] = e.ID
	}
}
