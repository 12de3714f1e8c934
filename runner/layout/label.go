package layout

import (
	"slices"

	"montage/core/hint"
)

// vocabulary returns the labels of all entries, sorted by bytes: an order that depends
// neither on their order nor on a locale.
func vocabulary(entries []entry) []string {
	seen := map[string]bool{}
	var classes []string
	for _, e := range entries {
		for _, label := range e.labels {
			if !seen[label] {
				seen[label] = true
				classes = append(classes, label)
			}
		}
	}
	slices.Sort(classes)
	return classes
}

// index returns the positions of labels in classes, ascending, and the labels that
// are not there. Classes may be in any order: a checkpoint's are taken as they are.
func index(classes, labels []string) (positions []int, unknown []string) {
	for _, label := range labels {
		if i := slices.Index(classes, label); i >= 0 {
			positions = append(positions, i)
		} else {
			unknown = append(unknown, label)
		}
	}
	slices.Sort(positions)
	return positions, unknown
}

// labelHint suggests the nearest class, if one is near.
func labelHint(label string, classes []string) string {
	if meant := hint.DidYouMean(label, classes); meant != "" {
		return meant
	}
	return "a model cannot learn a label that it is never shown: add samples with it to the training set, " +
		"or remove it here"
}
