package hint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// DidYouMean asks whether a known name was meant by an unknown one, and returns ""
// where none is near. A name is near where at most one letter in three differs, but
// always one may and never more than three, and some letter is the same. Case, dashes
// and underscores do not count. Of names that are equally near the first is taken.
func DidYouMean(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

func nearest(name string, known []string) string {
	length := utf8.RuneCountInString(name)
	best, least := "", max(1, min(length/3, 3))+1
	for _, k := range known {
		distance := levenshtein.ComputeDistance(plain(name), plain(k))
		if distance < least && distance < max(length, utf8.RuneCountInString(k)) {
			best, least = k, distance
		}
	}
	return best
}

// plain leaves out what people mix up without noticing.
func plain(name string) string { return strings.ToLower(dashes.Replace(name)) }

var dashes = strings.NewReplacer("-", "", "_", "")
