package audit

import (
	"cmp"
	"maps"
	"slices"
)

// A Match is two samples that have frames in common.
type Match struct {
	Kind Likeness `json:"kind"`
	// A and B are the samples. Of a leak, A judges what is learnt from B.
	A Place `json:"a"`
	B Place `json:"b"`
	// Frames is how many frames match, Of how many of the sample that has fewer could.
	Frames int `json:"frames"`
	Of     int `json:"of"`
	// Mirrored says that most of them are mirror images.
	Mirrored bool `json:"mirrored,omitempty"`
	// LabelsDiffer says that both samples have labels, and not the same.
	LabelsDiffer bool `json:"labels_differ,omitempty"`
}

// Place is a sample with the frame by which it was found.
type Place struct {
	Data string `json:"data"`
	ID   string `json:"id"`
	File string `json:"file"`
}

// matches judges all couples, in the order of the samples.
func (m *matcher) matches() (all []Match) {
	keys := slices.SortedFunc(maps.Keys(m.couples), func(x, y couple) int {
		return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	for _, key := range keys {
		all = append(all, m.judge(key, m.couples[key]))
	}
	return all
}

// enough reports whether so many frames of a sample make it a copy: half of them, and at least two of several.
func enough(frames, of int) bool { return frames > 0 && 2*frames >= of && frames >= min(2, of) }

// judge says what two samples have in common. They are one sample if enough frames of the one with fewer are, each
// once, frames of the other; flat frames count for nothing, unless they are the same file.
func (m *matcher) judge(key couple, t *tally) Match {
	a, b := m.members[key.a], m.members[key.b]
	frames := min(a.readable, b.readable)
	usable := min(a.usable, b.usable)
	files, exact, near := m.count(key, t, SameFile), m.count(key, t, Copy), m.count(key, t, NearIdentical)
	found := Match{Kind: SomeFrames, Frames: near, Of: usable}
	switch {
	case t.sameSample:
		found.Kind = SameSample
	case enough(files, frames):
		found.Kind, found.Frames, found.Of = SameFile, files, frames
	case enough(exact, usable):
		found.Kind, found.Frames = Copy, exact
	case enough(near, usable):
		found.Kind = NearIdentical
	}
	example, mirrored := link{}, 0
	for i, l := range t.links {
		if i == 0 || rank[l.kind] < rank[example.kind] {
			example = l
		}
		if l.mirrored {
			mirrored++
		}
	}
	found.Mirrored = 2*mirrored > len(t.links)
	found.A, found.B = a.place(example.a), b.place(example.b)
	found.LabelsDiffer = a.role.Judges() == b.role.Judges() && differ(a, b)
	return found
}

func (s member) place(frame int32) Place {
	return Place{Data: string(s.role), ID: s.ID, File: s.Path(int(frame))}
}

// differ reports whether both have labels, and not the same.
func differ(a, b member) bool {
	return len(a.Labels) > 0 && len(b.Labels) > 0 && !slices.Equal(a.Labels, b.Labels)
}

// count returns how many frames of two samples are the same, by links that are as sure. Each frame counts once: a
// title that one sample shows ten times is not ten frames of the other.
func (m *matcher) count(key couple, t *tally, kind Likeness) int {
	as, bs := map[int32]bool{}, map[int32]bool{}
	for _, l := range t.links {
		if rank[l.kind] <= rank[kind] && (kind == SameFile || !l.flat) {
			as[l.a], bs[l.b] = true, true
		}
	}
	return min(len(as), len(bs))
}
