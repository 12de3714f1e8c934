package stratify

import (
	"cmp"
	"container/heap"
)

// queue finds the feature that the fewest units without a part have.
type queue struct {
	left    []int // units of each feature, which the user of the queue counts
	entries entries
	changed []int // features since the last call of next
	queued  []bool
}

// add says that a feature has another number of units left.
func (q *queue) add(feature int) {
	if !q.queued[feature] {
		q.queued[feature] = true
		q.changed = append(q.changed, feature)
	}
}

// next returns the rarest feature that has units left, the first of equal ones, or -1.
func (q *queue) next() int {
	for _, f := range q.changed {
		q.queued[f] = false
		if q.left[f] > 0 {
			heap.Push(&q.entries, waiting{f, q.left[f]})
		}
	}
	q.changed = q.changed[:0]
	for q.entries.Len() > 0 {
		rarest := heap.Pop(&q.entries).(waiting)
		if rarest.n == q.left[rarest.feature] { // else a later entry has the number
			return rarest.feature
		}
	}
	return -1
}

// waiting is a feature with its number of units that have no part.
type waiting struct{ feature, n int }

// entries are a heap, the rarest feature first.
type entries []waiting

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e entries) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(e[i].n, e[j].n), cmp.Compare(e[i].feature, e[j].feature)) < 0
}
func (e *entries) Push(x any) { *e = append(*e, x.(waiting)) }
func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
