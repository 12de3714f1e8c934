package spec

import (
	"slices"
	"strings"

	"montage/core/hint"
)

// suggest makes the hint for an unknown name: the nearest known one, if any is near, and
// the list of all.
func suggest(name, what string, known []string) string {
	if len(known) == 0 {
		return "there are no " + what
	}
	meant := hint.DidYouMean(name, known)
	if meant != "" {
		meant += " "
	}
	// Sorting must not reach the caller's list.
	known = slices.Clone(known)
	slices.Sort(known)
	known = slices.Compact(known)
	return meant + what + ": " + strings.Join(known, ", ")
}
