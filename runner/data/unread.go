package data

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Unread warns of the files in a folder that were not read. They are counted by extension, folders as "/".
func Unread(folder string, counts map[string]int) Problem {
	var ends []string
	for end := range counts {
		ends = append(ends, end)
	}
	slices.SortFunc(ends, func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, end := range ends {
		name := map[string]string{"": "without extension", "/": "folders"}[end]
		ends[i] = fmt.Sprintf("%s %d", cmp.Or(name, end), counts[end])
	}
	return Problem{File: folder, Text: "files that were not read: " + strings.Join(ends, ", ")}
}

// warnings are what a user should know of the files of a data set.
func (c *check) warnings(findings []finding) (warnings Problems) {
	all := map[string]int{}
	for _, f := range findings {
		for end, n := range f.unread {
			all[end] += n
		}
	}
	if len(all) > 0 {
		warnings = append(warnings, Unread(c.source.Path, all))
	}
	if c.unkept != nil {
		warnings = append(warnings, Problem{File: c.source.Path, Text: c.unkept.Error(),
			Hint: "the next start takes as long as this one; make the folder writable to save the time"})
	}
	return warnings
}
