package stratify

import (
	"cmp"
	"maps"
	"slices"

	"montage/runner/layout"
)

// unit is what is never divided: a sample, or all samples of a group.
type unit struct {
	members []int  // positions in the samples
	held    []held // by feature, ascending
}

// held is how many samples of a unit have a feature.
type held struct{ feature, n int }

// vocabulary numbers the features that parts are to have in equal shares: the labels, then
// the pairs of labels that samples have together.
type vocabulary struct {
	labels []string
	of     map[string]int
	pair   map[[2]int]int
}

// newVocabulary takes the labels of samples. "" stands for having none.
func newVocabulary(samples []layout.Labelled, pairs bool) vocabulary {
	v := vocabulary{of: map[string]int{}, pair: map[[2]int]int{}}
	for _, s := range samples {
		for _, label := range labelsOf(s) {
			v.of[label] = 0
		}
	}
	v.labels = slices.Sorted(maps.Keys(v.of))
	for i, label := range v.labels {
		v.of[label] = i
	}
	if !pairs {
		return v
	}
	for _, s := range samples {
		v.eachPair(s, func(p [2]int) { v.pair[p] = 0 })
	}
	inOrder := slices.SortedFunc(maps.Keys(v.pair), func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for i, p := range inOrder {
		v.pair[p] = len(v.labels) + i
	}
	return v
}

func (v vocabulary) size() int { return len(v.labels) + len(v.pair) }

func labelsOf(s layout.Labelled) []string {
	if len(s.Labels) == 0 {
		return []string{""}
	}
	return s.Labels
}

func (v vocabulary) eachPair(s layout.Labelled, visit func([2]int)) {
	for i, a := range s.Labels {
		for _, b := range s.Labels[i+1:] {
			visit([2]int{min(v.of[a], v.of[b]), max(v.of[a], v.of[b])})
		}
	}
}

// units makes units of some samples, in an order that depends on ids and groups alone.
func (v vocabulary) units(samples []layout.Labelled, of []int) []unit {
	of = slices.Clone(of)
	slices.SortFunc(of, func(a, b int) int { return cmp.Compare(samples[a].ID, samples[b].ID) })
	var units []unit
	groups := map[string]int{}
	for _, i := range of {
		group := samples[i].Group
		at, known := groups[group]
		if group == "" || !known {
			at = len(units)
			units = append(units, unit{})
			groups[group] = at
		}
		units[at].members = append(units[at].members, i)
	}
	for i := range units {
		units[i].held = v.count(samples, units[i].members)
	}
	return units
}

// count returns what some samples have of each feature.
func (v vocabulary) count(samples []layout.Labelled, members []int) (out []held) {
	for _, i := range members {
		for _, label := range labelsOf(samples[i]) {
			out = append(out, held{v.of[label], 1})
		}
		if len(v.pair) > 0 {
			v.eachPair(samples[i], func(p [2]int) { out = append(out, held{v.pair[p], 1}) })
		}
	}
	slices.SortFunc(out, func(a, b held) int { return a.feature - b.feature })
	kept := out[:0]
	for _, h := range out {
		if last := len(kept) - 1; last >= 0 && kept[last].feature == h.feature {
			kept[last].n += h.n
		} else {
			kept = append(kept, h)
		}
	}
	return slices.Clip(kept)
}
