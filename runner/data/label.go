package data

import (
	"fmt"
	"slices"

	"montage/core/hint"
)

// vocabulary returns the labels of all rows, sorted by bytes: an order that depends
// neither on the rows' order nor on a locale.
func vocabulary(rows []row) []string {
	seen := map[string]bool{}
	var classes []string
	for _, r := range rows {
		for _, label := range r.labels {
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

// MultiHot writes the targets of a batch.
//
//	targets: float32 [B,K], row-major, owned by the caller: 1 where the sample has
//	the class, else 0; K is len(d.Classes)
//
// It fails where targets has another length than B·K.
func (d *Dataset) MultiHot(b Batch, targets []float32) error {
	k := len(d.Classes)
	if len(targets) != len(b.Samples)*k {
		return fmt.Errorf("targets of %d samples and %d classes: expected %d numbers, saw %d",
			len(b.Samples), k, len(b.Samples)*k, len(targets))
	}
	clear(targets)
	for i, sample := range b.Samples {
		for _, class := range d.Samples[sample].Labels {
			targets[i*k+class] = 1
		}
	}
	return nil
}
