package data

import (
	"slices"
	"sync"

	"montage/core/rng"
)

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

// Balance draws as many samples as a data set has: the classes in turn, each round in another
// order, and of each class its samples in turn, shuffled again when all were drawn. Samples
// without labels are a class of their own. A sample with several labels is drawn for each of
// them, so classes that come along with others are drawn more often.
//
// Source: class-aware sampling of Shen, Lin, Huang: Relay Backpropagation (ECCV 2016).
type Balance struct {
	samples int
	lists   [][]int // of each class

	// A pass follows from its key alone. The last is kept, as all its steps ask for it.
	mu   sync.Mutex
	key  rng.Key
	last draws
}

// NewBalance returns the balance of a data set with samples.
func NewBalance(d *Dataset) *Balance {
	return &Balance{samples: len(d.Samples), lists: d.classLists()}
}

// pass returns the draws of the pass with a key.
func (b *Balance) pass(key rng.Key) draws {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.samples == nil || b.key != key {
		b.key, b.last = key, b.draw(key)
	}
	return b.last
}

func (b *Balance) draw(key rng.Key) (drawn draws) {
	turns := key.Of("classes").Rand()
	var order []int
	shuffled, taken := make([][]int, len(b.lists)), make([]int, len(b.lists))
	times := make([]int, b.samples)
	for n := range b.samples {
		if n%len(b.lists) == 0 {
			order = turns.Perm(len(b.lists))
		}
		class := order[n%len(b.lists)]
		at := taken[class] % len(b.lists[class])
		if at == 0 {
			round := key.Of("class").At(uint64(class), uint64(taken[class]/len(b.lists[class]))).Rand()
			shuffled[class] = slices.Clone(b.lists[class])
			round.Shuffle(len(shuffled[class]), func(i, j int) {
				shuffled[class][i], shuffled[class][j] = shuffled[class][j], shuffled[class][i]
			})
		}
		sample := shuffled[class][at]
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
