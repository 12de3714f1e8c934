package data

import (
	"context"
	"errors"
	"math/bits"
	"os"
	"slices"
	"sort"

	"montage/core/parallel"
)

// What is decoded before training starts, to take about a second on two cores: 128 frames of all data sets together,
// fewer where they are large files, but 8 in any case.
const (
	mostChecked  = 128
	leastChecked = 8
	checkedBytes = 8 << 20
)

// chosen is a frame that is checked.
type chosen struct {
	sample Sample
	frame  int
}

// CheckSome decodes some frames of each data set to their ends, evenly spread and always the same ones: headers, which
// Check reads of all files, say nothing of the rest. Where OnError is Fail, the frames that do not decode are the
// error, as Problems; where it is Skip, Load leaves them out as if it had met them. Neither changes what Load returns.
func (l *Loader) CheckSome(ctx context.Context, sets ...*Dataset) error {
	frames := choose(sets)
	broken := make([]*brokenError, len(frames))
	err := parallel.Each(ctx, len(frames), func(i int) error {
		err := l.frame(frames[i].sample, frames[i].frame, make([]uint8, l.FrameBytes()))
		if errors.As(err, &broken[i]) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	var problems Problems
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range broken {
		if b == nil {
			continue
		}
		if l.config.OnError == Skip {
			l.broken[b.path] = b
			continue
		}
		problems = append(problems, b.problem())
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// choose returns the frames to check, as many of one data set as of the others where they have so many.
func choose(sets []*Dataset) (frames []chosen) {
	spread := make([][]chosen, len(sets))
	for i, d := range sets {
		if d != nil {
			spread[i] = d.spread()
		}
	}
	var total int64
	for k := range mostChecked {
		for _, list := range spread {
			if k >= len(list) {
				continue
			}
			if n := len(frames); n >= mostChecked || n >= leastChecked && total >= checkedBytes {
				return frames
			}
			total += list[k].bytes()
			frames = append(frames, list[k])
		}
	}
	return frames
}

// spread returns up to mostChecked different frames, in an order in which the first ones are as evenly spread as all.
func (d *Dataset) spread() (frames []chosen) {
	before := make([]int, len(d.Samples)) // frames in the samples before each
	total := 0
	for i, s := range d.Samples {
		before[i] = total
		total += len(s.Frames)
	}
	n := min(total, mostChecked)
	for k := range mostChecked {
		// Halves, then quarters, then eighths: k with its bits in reverse.
		at := int(bits.Reverse64(uint64(k)) >> (64 - bits.Len(mostChecked-1)))
		if at >= n {
			continue
		}
		at = at * total / n
		i := sort.Search(len(before), func(i int) bool { return before[i] > at }) - 1
		if c := (chosen{d.Samples[i], at - before[i]}); !slices.Contains(c.sample.Broken, c.frame) {
			frames = append(frames, c)
		}
	}
	return frames
}

// bytes is the size of the file, 0 of one that is gone.
func (c chosen) bytes() int64 {
	if c.sample.Parts != nil {
		return c.sample.Parts[c.frame].Size
	}
	info, err := os.Stat(c.sample.Path(c.frame))
	if err != nil {
		return 0
	}
	return info.Size()
}
