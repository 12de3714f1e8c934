package audit

import (
	"context"
	"slices"

	"montage/core/parallel"
	"montage/runner/layout"
)

// Likeness is what two samples have in common.
type Likeness string

// The likenesses, the surest first.
const (
	// SameSample is a sample that label files of one folder name by the same id.
	SameSample Likeness = "same sample"
	// SameFile is a file that both samples use, by whatever path or link.
	SameFile Likeness = "same file"
	// Copy is a file with the same bytes.
	Copy Likeness = "copy"
	// NearIdentical is a picture that looks the same: encoded again, resized, mirrored, a little cropped or brighter.
	NearIdentical Likeness = "near-identical"
	// SomeFrames are frames in common that are too few for a copy: a logo, a title, another cut.
	SomeFrames Likeness = "some frames"
)

// rank orders likenesses, the surest first.
var rank = map[Likeness]int{SameSample: 0, SameFile: 1, Copy: 2, NearIdentical: 3, SomeFrames: 4}

// link is a frame of one sample that is one of another.
type link struct {
	a, b     int32
	kind     Likeness
	mirrored bool
	flat     bool
}

// couple are two samples, the first one before the second.
type couple struct{ a, b int32 }

// tally is what two samples have in common so far.
type tally struct {
	sameSample bool
	links      []link
}

// matcher collects what samples have in common.
type matcher struct {
	members []member
	files   []scanned
	couples map[couple]*tally
}

// matched compares all samples with each other.
func matched(ctx context.Context, members []member, files []scanned) (*matcher, error) {
	m := &matcher{members: members, files: files, couples: map[couple]*tally{}}
	m.sameSamples()
	for _, f := range files {
		if f.err == nil {
			m.join(f.places, f.places, link{kind: SameFile, flat: f.flat()})
		}
	}
	pictures := m.copies()
	looks := make([]look, len(pictures))
	for i, p := range pictures {
		looks[i] = p.look
	}
	x := newIndex(looks)
	found := make([][]neighbour, len(pictures))
	err := parallel.Each(ctx, len(pictures), func(i int) error {
		found[i] = x.before(i)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, list := range found {
		for _, n := range list {
			m.join(pictures[n.picture].places, pictures[i].places, link{kind: NearIdentical, mirrored: n.mirrored})
		}
	}
	return m, nil
}

// sameSamples finds samples that have the same id.
func (m *matcher) sameSamples() {
	first := map[string][]place{}
	for i, s := range m.members {
		if s.name == "" {
			continue
		}
		here := place{member: int32(i)}
		for _, other := range first[s.name] {
			if m.compared(other, here) {
				m.tally(other, here).sameSample = true
			}
		}
		if len(first[s.name]) < len(order) {
			first[s.name] = append(first[s.name], here)
		}
	}
}

// content is a picture or a row of features, with the places of all its copies.
type content struct {
	look    look
	numbers bool
	places  []place
	files   int
}

// copies finds files of the same bytes, and returns the pictures that can be compared by their looks.
func (m *matcher) copies() (pictures []content) {
	at := map[[32]byte]int{}
	for _, f := range m.files {
		if !f.comparable() {
			continue
		}
		i, known := at[f.sum]
		if !known {
			i, at[f.sum] = len(pictures), len(pictures)
			pictures = append(pictures, content{look: f.look, numbers: f.numbers})
		}
		pictures[i].files++
		pictures[i].places = append(pictures[i].places, f.places...)
	}
	for _, p := range pictures {
		if p.files > 1 {
			m.join(p.places, p.places, link{kind: Copy})
		}
	}
	return slices.DeleteFunc(pictures, func(c content) bool { return c.numbers })
}

// fewPlaces bounds how many pairs of places are looked at one by one.
const fewPlaces = most * most

// join notes that the pictures at some places are those at others. Of a picture that very many samples have, each
// sample is joined with the first one of each role only.
func (m *matcher) join(some, others []place, l link) {
	if len(some)*len(others) > fewPlaces {
		m.joinAll(some, m.firsts(others), l)
		m.joinAll(m.firsts(some), others, l)
		return
	}
	m.joinAll(some, others, l)
}

func (m *matcher) joinAll(some, others []place, l link) {
	for _, p := range some {
		for _, q := range others {
			if !m.compared(p, q) {
				continue
			}
			if l.a, l.b = p.frame, q.frame; p.member > q.member {
				l.a, l.b = l.b, l.a
			}
			t := m.tally(p, q)
			t.links = append(t.links, l)
		}
	}
}

// compared reports whether it matters that two samples are the same one. The unlabelled samples may have the labelled
// ones among them.
func (m *matcher) compared(p, q place) bool {
	a, b := m.members[p.member].role, m.members[q.member].role
	return p.member != q.member && (a == b || leaky(a, b))
}

// firsts returns the first place of each role.
func (m *matcher) firsts(places []place) (some []place) {
	seen := map[layout.Role]bool{}
	for _, p := range places {
		if role := m.members[p.member].role; !seen[role] {
			seen[role] = true
			some = append(some, p)
		}
	}
	return some
}

// tally returns what the samples of two places have in common, in whatever order.
func (m *matcher) tally(p, q place) *tally {
	key := couple{min(p.member, q.member), max(p.member, q.member)}
	t := m.couples[key]
	if t == nil {
		t = &tally{}
		m.couples[key] = t
	}
	return t
}
