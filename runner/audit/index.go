package audit

import "slices"

const (
	// chunks are the lists of an index: one for each 16 of the lowest 96 frequencies.
	chunks = 6
	// most bounds what is kept for a picture that is there again and again, such as a logo.
	most = 64
)

// index finds similar fingerprints by multi-index hashing. It has a list for each chunk of bits; fingerprints whose
// chunk is the same, or differs in one bit, are compared as a whole. Fingerprints that differ in fewer than
// 2·chunks of the lowest bits are always found, since one of the chunks then differs in one bit at most.
//
// Source: Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014.
type index struct {
	looks []look
	// The looks of chunk c with the value v are order[c][start[c][v]:start[c][v+1]], ascending.
	start [chunks][]int32
	order [chunks][]int32
}

const values = 1 << 16 // of a chunk

func newIndex(looks []look) *index {
	x := &index{looks: looks}
	for c := range chunks {
		start, sorted := make([]int32, values+1), make([]int32, len(looks))
		for _, l := range looks {
			start[int(l.upright.chunk(c))+1]++
		}
		for v := range values {
			start[v+1] += start[v]
		}
		next := slices.Clone(start)
		for i, l := range looks {
			v := l.upright.chunk(c)
			sorted[next[v]] = int32(i)
			next[v]++
		}
		x.start[c], x.order[c] = start, sorted
	}
	return x
}

// chunk returns 16 bits, the lowest frequencies first.
func (f fingerprint) chunk(c int) uint16 { return uint16(f[c/4] >> (16 * (c % 4))) }

// neighbour is a picture that looks like another.
type neighbour struct {
	picture  int
	mirrored bool
}

// before returns the pictures before i that look like it, or like its mirror image, in ascending order; the first
// ones where they are many.
func (x *index) before(i int) []neighbour {
	found := x.similar(i, x.looks[i].upright, nil)
	upright := len(found)
	found = x.similar(i, x.looks[i].mirrored, found)
	for n := range found[upright:] {
		found[upright+n].mirrored = true
	}
	// A picture that is nearly symmetric is found twice. It counts as upright.
	slices.SortStableFunc(found, func(a, b neighbour) int { return a.picture - b.picture })
	found = slices.CompactFunc(found, func(a, b neighbour) bool { return a.picture == b.picture })
	return found[:min(len(found), most)]
}

// similar adds the pictures before i that are near a fingerprint, some of them several times.
func (x *index) similar(i int, wanted fingerprint, found []neighbour) []neighbour {
	for c := range chunks {
		v := wanted.chunk(c)
		found = x.compare(found, i, x.list(c, v), wanted)
		for bit := range 16 {
			found = x.compare(found, i, x.list(c, v^1<<bit), wanted)
		}
	}
	return found
}

// list returns the pictures whose chunk has a value.
func (x *index) list(c int, v uint16) []int32 { return x.order[c][x.start[c][v]:x.start[c][int(v)+1]] }

// compare adds the pictures before i of one list that are near a fingerprint.
func (x *index) compare(found []neighbour, i int, list []int32, wanted fingerprint) []neighbour {
	for _, j := range list {
		if int(j) >= i {
			break
		}
		other := x.looks[j]
		if other.upright.distance(wanted) <= other.allowed(x.looks[i]) && other.sameColour(x.looks[i]) {
			found = append(found, neighbour{picture: int(j)})
		}
	}
	return found
}
