package video

import (
	"math/bits"
	"slices"
	"time"

	"montage/core/spec"
)

// scene is a range of frames, from inclusive to exclusive, and what was taken of it.
type scene struct {
	from, to int
	frame    int    // -1 for none
	why      string // why none was taken
}

// choose decides which frames to take, at most one for each scene and some to fill up. The scenes are sorted; those of
// a list are given.
func choose(looks []look, given []scene, c spec.VideoTable) []scene {
	usable := reasons(looks, c)
	scenes := given
	if given == nil {
		scenes = spans(looks, c)
	} else {
		outside(given, usable)
	}
	for i := range scenes {
		scenes[i].pick(looks, usable, c.Position)
	}
	if c.Duplicates >= 0 {
		leaveDuplicates(scenes, looks, c.Duplicates)
	}
	low, high := c.MinFrames, c.MaxFrames
	if c.Method == "uniform" {
		low, high = c.Count, c.Count
	}
	thin(scenes, high)
	return fill(scenes, looks, usable, min(low, high))
}

// outside marks the frames that are in no scene.
func outside(scenes []scene, usable []string) {
	next := 0
	for _, s := range append(slices.Clone(scenes), scene{from: len(usable)}) {
		for ; next < s.from; next++ {
			usable[next] = "in no scene"
		}
		next = max(next, s.to)
	}
}

// reasons says of each frame why it cannot be taken, "" where it can.
func reasons(looks []look, c spec.VideoTable) []string {
	out := make([]string, len(looks))
	seen := map[time.Duration]int{}
	for _, l := range looks {
		seen[l.at]++
	}
	end := looks[len(looks)-1].at
	for i, l := range looks {
		switch {
		case l.at < 0 || seen[l.at] > 1:
			out[i] = "no time stamp of its own"
		case l.at.Seconds() < c.SkipStart || c.SkipEnd > 0 && l.at.Seconds() > end.Seconds()-c.SkipEnd:
			out[i] = "skipped"
		case l.blank && !c.KeepBlack:
			out[i] = "black or white"
		}
	}
	if !c.KeepBlack {
		markFades(looks, out)
	}
	return out
}

// markFades marks frames beside blank ones while they go on to change away from them.
func markFades(looks []look, out []string) {
	const reach, slope = 100 * time.Millisecond, 2 // levels
	for i := range looks {
		for _, step := range []int{1, -1} {
			next := i + step
			if !looks[i].blank || next < 0 || next >= len(looks) || looks[next].blank {
				continue
			}
			for a, b := next, next; ; a += step {
				for b >= 0 && b < len(looks) && (looks[b].at-looks[a].at).Abs() < reach {
					b += step
				}
				if b < 0 || b >= len(looks) || a == b || (looks[a].at-looks[i].at).Abs() > 2*time.Second {
					break
				}
				change := looks[b].mean - looks[a].mean
				if looks[i].mean > 128 {
					change = -change
				}
				if change < slope {
					break
				}
				if out[a] == "" {
					out[a] = "fade"
				}
			}
		}
	}
}

// rounded is the most that a time stamp lost when it was rounded to microseconds: a frame that begins a slot of fps is
// not to end in the one before.
const rounded = time.Microsecond

// spans cuts the video by the method.
func spans(looks []look, c spec.VideoTable) (out []scene) {
	start, end := looks[0].at, looks[len(looks)-1].at
	length := (end - start).Seconds() * (1 + 1/float64(len(looks)))
	if c.Method == "uniform" {
		start = max(start, time.Duration(c.SkipStart*float64(time.Second)))
		length = max(end.Seconds()-c.SkipEnd-start.Seconds(), 0) * (1 + 1/float64(len(looks)))
	}
	from, last := 0, 0
	for i := 1; i < len(looks); i++ {
		cut := false
		at := (looks[i].at - start).Seconds()
		switch c.Method {
		case "iframe":
			cut = true
		case "fps":
			slot := int((at + rounded.Seconds()) * c.Rate)
			cut, last = slot != last, slot
		case "uniform":
			part := min(max(int(at/max(length, 1e-9)*float64(c.Count)), 0), c.Count-1)
			cut, last = part != last, part
		default:
			cut = float64(looks[i].score) >= c.Threshold || !c.KeepBlack && looks[i].blank != looks[i-1].blank
			cut = cut && (looks[i].at-looks[from].at).Seconds() >= c.MinScene
		}
		if cut {
			out = append(out, scene{from: from, to: i, frame: -1})
			from = i
		}
	}
	tail := scene{from: from, to: len(looks), frame: -1}
	if n := len(out); c.Method == "scene" && n > 0 && (end-looks[from].at).Seconds() < c.MinScene {
		out[n-1].to = tail.to
		return out
	}
	return append(out, tail)
}

// pick takes the frame that is nearest to the position.
func (s *scene) pick(looks []look, usable []string, position float64) {
	first, last := looks[s.from].at, looks[s.to-1].at
	target := first + time.Duration(position*float64(last-first))
	best := s.from
	for i := s.from; i < s.to; i++ {
		near := (looks[i].at - target).Abs()
		if usable[i] == "" && (s.frame < 0 || near < (looks[s.frame].at-target).Abs()) {
			s.frame = i
		}
		if near < (looks[best].at - target).Abs() {
			best = i
		}
	}
	if s.frame < 0 {
		s.why = usable[best]
	}
}

func near(a, b look, most int) bool { return bits.OnesCount64(a.hash^b.hash) <= most }

func leaveDuplicates(scenes []scene, looks []look, most int) {
	var kept []int
	for i := range scenes {
		s := &scenes[i]
		if s.frame < 0 {
			continue
		}
		if slices.ContainsFunc(kept, func(k int) bool { return near(looks[k], looks[s.frame], most) }) {
			s.frame, s.why = -1, "near-duplicate"
			continue
		}
		kept = append(kept, s.frame)
	}
}

// thin keeps frames at even distances in their row.
func thin(scenes []scene, most int) {
	var with []int
	for i, s := range scenes {
		if s.frame >= 0 {
			with = append(with, i)
		}
	}
	if len(with) <= most {
		return
	}
	keep := map[int]bool{}
	for k := range most {
		keep[with[(2*k+1)*len(with)/(2*most)]] = true
	}
	for _, i := range with {
		if !keep[i] {
			scenes[i].frame, scenes[i].why = -1, "too many"
		}
	}
}

// fill adds the frames that are farthest from those taken, those unlike them first.
func fill(scenes []scene, looks []look, usable []string, least int) []scene {
	taken := 0
	r := newRoom(looks, usable)
	for _, s := range scenes {
		if s.frame >= 0 {
			r.take(s.frame)
			taken++
		}
	}
	for ; taken < least; taken++ {
		best := r.farthest()
		if best < 0 {
			break
		}
		r.take(best)
		for k, s := range scenes {
			if s.from <= best && best < s.to {
				scenes = slices.Insert(scenes, k+1, scene{from: s.from, to: s.to, frame: best})
				break
			}
		}
	}
	slices.SortStableFunc(scenes, func(a, b scene) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return a.frame - b.frame
	})
	return scenes
}

// room says how far each frame is from those taken and from the ends, and whether it is unlike all of them.
type room struct {
	looks []look
	free  []time.Duration // below 0 for frames that cannot be taken
	fresh []bool
}

func newRoom(looks []look, usable []string) room {
	r := room{looks: looks, free: make([]time.Duration, len(looks)), fresh: make([]bool, len(looks))}
	first, last := looks[0].at, looks[len(looks)-1].at
	for i, l := range looks {
		r.free[i], r.fresh[i] = max(0, min(l.at-first, last-l.at)), true
		if usable[i] != "" {
			r.free[i] = -1
		}
	}
	return r
}

func (r room) take(frame int) {
	for i, l := range r.looks {
		r.free[i] = min(r.free[i], (r.looks[frame].at - l.at).Abs())
		r.fresh[i] = r.fresh[i] && !near(r.looks[frame], l, 2)
	}
	r.free[frame] = -1
}

// farthest returns the frame that is farthest from those taken, one unlike them if there is any; -1 where none is left.
func (r room) farthest() int {
	best := -1
	for i, free := range r.free {
		if free < 0 || best >= 0 && r.fresh[best] && !r.fresh[i] {
			continue
		}
		if best < 0 || r.fresh[i] && !r.fresh[best] || free > r.free[best] {
			best = i
		}
	}
	return best
}
