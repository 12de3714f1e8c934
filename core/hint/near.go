package hint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// DidYouMean asks whether a known name was meant by an unknown one, and returns ""
// where none is near. A known name is near if few slips lead to it, a slip being a letter
// more, less or changed: one for an unknown name of up to four letters, two for up to
// seven, three for a longer one. Something must be left of the name. Case, dashes and
// underscores do not count. Of names that are equally near the first is taken.
func DidYouMean(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// nearest returns the known name with the fewest slips, "" where all have too many.
func nearest(name string, known []string) string {
	length := utf8.RuneCountInString(name)
	// One more than is near. Only fewer slips replace the best name, so of equals the
	// first stays.
	best, least := "", max(1, min((length+1)/3, 3))+1
	for _, k := range known {
		distance := levenshtein.ComputeDistance(plain(name), plain(k))
		// As many slips as letters turn any name into any other.
		if distance < least && distance < max(length, utf8.RuneCountInString(k)) {
			best, least = k, distance
		}
	}
	return best
}

// plain leaves out what people mix up without noticing.
func plain(name string) string { return strings.ToLower(dashes.Replace(name)) }

var dashes = strings.NewReplacer("-", "", "_", "")
