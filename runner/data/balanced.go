package data

import "montage/core/rng"

// draws are the samples of a pass, in order.
type draws struct {
	samples []int
	// before is, for each, how often the pass has had that sample before; nil for never.
	before []int
}

func (d draws) again(n int) int {
	if d.before == nil {
		return 0
	}
	return d.before[n]
}

// balanced draws the samples of a pass up to one position: the classes in turn, each time in another
// order, and of each class its samples in turn, shuffled again when all were drawn.
// Samples without labels are a class of their own. A sample with several labels is drawn
// for each of them, so classes that come along with others are drawn more often.
//
// Source: class-aware sampling of Shen, Lin, Huang: Relay Backpropagation (ECCV 2016).
func balanced(d *Dataset, key rng.Key, until int) draws {
	lists := d.classLists()
	turns := key.Of("classes").Rand()
	var order []int
	taken, times := make([]int, len(lists)), make([]int, len(d.Samples))
	var drawn draws
	for n := range until {
		if n%len(lists) == 0 {
			order = turns.Perm(len(lists))
		}
		class := order[n%len(lists)]
		list, at := lists[class], taken[class]
		if at%len(list) == 0 {
			round := key.Of("class").At(uint64(class), uint64(at/len(list))).Rand()
			round.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		sample := list[at%len(list)]
		drawn.samples, drawn.before = append(drawn.samples, sample), append(drawn.before, times[sample])
		taken[class]++
		times[sample]++
	}
	return drawn
}

// classLists returns the samples of each class that has any, and last those without labels.
func (d *Dataset) classLists() (lists [][]int) {
	all := make([][]int, len(d.Classes)+1)
	for i, t := range d.Samples {
		for _, class := range t.Labels {
			all[class] = append(all[class], i)
		}
		if len(t.Labels) == 0 {
			all[len(d.Classes)] = append(all[len(d.Classes)], i)
		}
	}
	for _, list := range all {
		if len(list) > 0 {
			lists = append(lists, list)
		}
	}
	return lists
}
