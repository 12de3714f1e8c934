package spec

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// suggest makes the hint for an unknown name: the nearest known one, if any is
// near, and all there are.
func suggest(name, what string, known []string) string {
	hint := ""
	if best := nearest(name, known); best != "" {
		hint = `did you mean "` + best + `"? `
	}
	if len(known) == 0 {
		return "there are no " + what
	}
	known = slices.Clone(known)
	slices.Sort(known)
	known = slices.Compact(known)
	return hint + what + ": " + strings.Join(known, ", ")
}

// nearest returns the known name that one or two slips of the finger explain.
func nearest(name string, known []string) string {
	best, least := "", max(1, min(3, len(name)/3))+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(plain(name), plain(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// plain leaves out what people mix up without noticing.
func plain(name string) string {
	return strings.ToLower(dashes.Replace(name))
}

var dashes = strings.NewReplacer("-", "", "_", "")
