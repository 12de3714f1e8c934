package stratify

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"montage/core/rng"
)

// division is the state of dividing units among parts.
type division struct {
	units    []unit
	parts    []share
	of       []int // the part of each unit, -1 before it has one
	random   *rand.Rand
	grouped  bool // a unit has several samples
	protects int  // the first features, of which the first part keeps a sample
}

// share is a part: what it should have, and what it has.
type share struct {
	size, got float64
	want, has []float64 // of each feature
}

// divide returns the part of each unit. Sizes are the samples that each part is to have; they
// add up to all of them. Of the first features, so many as protects says, the first part
// gets a sample where it can, however small it is.
func divide(units []unit, sizes []int, features, protects int, key rng.Key) []int {
	d := division{units: units, of: make([]int, len(units)), random: key.Rand(), protects: protects}
	all, totals := 0, make([]float64, features)
	for i, u := range units {
		d.of[i] = -1
		all += len(u.members)
		d.grouped = d.grouped || len(u.members) > 1
		for _, h := range u.held {
			totals[h.feature] += float64(h.n)
		}
	}
	for j, size := range sizes {
		s := share{size: float64(size), want: make([]float64, features), has: make([]float64, features)}
		for f, total := range totals {
			s.want[f] = wanted(float64(size)/float64(all), float64(sizes[0])/float64(all), total, j == 0, f < protects)
		}
		d.parts = append(d.parts, s)
	}
	d.assign(features)
	d.exchange()
	return d.of
}

// wanted is how many samples of a feature a part of a fraction is to have. The first part has
// its one sample before the others share what remains.
func wanted(fraction, first, total float64, isFirst, protected bool) float64 {
	proportional := first * total
	if !protected || proportional >= 1 || total == 0 {
		return fraction * total
	}
	if isFirst {
		return 1
	}
	const least = 0.01 // to have some where none is wanted is a finite error
	return max(least, fraction/(1-first)*(total-1))
}

// assign is iterative stratification: the samples of the rarest label go first, each to the
// part that lacks most of the label.
//
// Source: Sechidis, Tsoumakas, Vlahavas 2011, algorithm 1; with pairs of labels as further
// features, Szymański, Kajdanowicz 2017.
// Differs: a part takes no more samples than it is to have, while another has room; units
// of several samples go in the order of how much they have of the label.
func (d *division) assign(features int) {
	order := d.random.Perm(len(d.units))
	having := make([][]int, features) // units, in that order
	left := make([]int, features)
	for _, u := range order {
		for _, h := range d.units[u].held {
			having[h.feature] = append(having[h.feature], u)
			left[h.feature]++
		}
	}
	rarest := queue{left: left, queued: make([]bool, features)}
	for f := range left {
		rarest.add(f)
	}
	for next := rarest.next(); next >= 0; next = rarest.next() {
		for _, u := range d.byAmount(having[next], next) {
			if d.of[u] >= 0 {
				continue
			}
			d.put(u, d.neediest(d.units[u], next))
			for _, h := range d.units[u].held {
				left[h.feature]--
				rarest.add(h.feature)
			}
		}
	}
}

// byAmount sorts units by how much they have of a feature, the most first; equal ones keep
// their random order.
func (d *division) byAmount(units []int, feature int) []int {
	if !d.grouped {
		return units
	}
	amount := func(u int) int {
		at, _ := slices.BinarySearchFunc(d.units[u].held, feature, func(h held, f int) int { return h.feature - f })
		return d.units[u].held[at].n
	}
	slices.SortStableFunc(units, func(a, b int) int { return amount(b) - amount(a) })
	return units
}

// neediest returns the part that lacks most of a feature; of equal ones, most samples; of
// these a random one. Parts without room come last.
func (d *division) neediest(u unit, feature int) int {
	best, equal := 0, 0
	for j := range d.parts {
		switch d.compare(u, feature, j, best) {
		case 0:
			if equal++; d.random.IntN(equal) == 0 {
				best = j
			}
		case 1:
			best, equal = j, 1
		}
	}
	return best
}

func (d *division) compare(u unit, feature, a, b int) int {
	p, q := &d.parts[a], &d.parts[b]
	n := float64(len(u.members))
	roomP, roomQ := p.size-p.got, q.size-q.got
	if fits := roomP >= n; fits != (roomQ >= n) {
		if fits {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(p.want[feature]-p.has[feature], q.want[feature]-q.has[feature]),
		cmp.Compare(roomP, roomQ))
}

func (d *division) put(u, part int) {
	d.move(d.units[u], part, 1)
	d.of[u] = part
}

// move adds a unit to a part, or with sign -1 takes it out.
func (d *division) move(u unit, part int, sign float64) {
	p := &d.parts[part]
	p.got += sign * float64(len(u.members))
	for _, h := range u.held {
		p.has[h.feature] += sign * float64(h.n)
	}
}
