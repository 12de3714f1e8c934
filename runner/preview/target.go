package preview

import (
	"fmt"
	"strings"

	"montage/core"
)

// describe returns a target as text: the names of the columns that are not zero or, for a
// vector, its first values.
func (w drawnView) describe(target []float32) string {
	if w.branch.Target == core.TargetVector {
		return beginning(target)
	}
	var words []string
	for k, v := range target {
		switch v {
		case 0:
		case 1:
			words = append(words, w.name(k))
		default:
			words = append(words, fmt.Sprintf("%s %.2g", w.name(k), v))
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// name is that of a target's column.
func (w drawnView) name(k int) string {
	switch {
	case w.branch.Origin == core.FromLabels:
		return w.Pipeline.Classes[k]
	case len(w.branch.Outcomes) > 0:
		return w.branch.Outcomes[k]
	}
	return fmt.Sprintf("class %d", k)
}

// shown is how many numbers of a vector are written.
const shown = 3

func beginning(vector []float32) string {
	var words []string
	for _, v := range vector[:min(shown, len(vector))] {
		words = append(words, fmt.Sprintf("%.2g", v))
	}
	if len(vector) > shown {
		words = append(words, "…")
	}
	return strings.Join(words, " ")
}
