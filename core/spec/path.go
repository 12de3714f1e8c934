package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is one part of a path: a key, or where the key is empty an index.
type pathStep struct {
	key   string
	index int
}

var pathPart = regexp.MustCompile(`^([A-Za-z0-9_-]+)((?:\[[0-9]{1,6}\])*)$`)

// splitPath takes branch.supervised.augment[1].p apart.
func splitPath(path string) ([]pathStep, error) {
	var steps []pathStep
	for _, part := range strings.Split(path, ".") {
		found := pathPart.FindStringSubmatch(strings.TrimSpace(part))
		if found == nil {
			return nil, fmt.Errorf("%q is not a key such as data.batch or branch.supervised.augment[0].p", path)
		}
		steps = append(steps, pathStep{key: found[1]})
		for _, index := range strings.FieldsFunc(found[2], func(r rune) bool { return r == '[' || r == ']' }) {
			// The expression above allows six digits at most, so this cannot fail.
			n, _ := strconv.Atoi(index)
			steps = append(steps, pathStep{index: n})
		}
	}
	return steps, nil
}

// join appends a path inside a table to the path of the table.
// An index follows its list without a dot.
func join(table, inside string) string {
	switch {
	case table == "":
		return inside
	case inside == "" || inside[0] == '[':
		return table + inside
	}
	return table + "." + inside
}

func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// word is what a branch, a phase or a view may be called: it stands in paths and
// file names.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
