package audit

import (
	"cmp"
	"maps"
	"slices"

	"montage/runner/layout"
)

// SetSummary counts what a data set has.
type SetSummary struct {
	Data    string `json:"data"`
	Samples int    `json:"samples"`
	// LeftOut are samples without any frame that can be read.
	LeftOut int `json:"left_out"`
	Frames  int `json:"frames"`
	// FramesEach is the number of frames of a sample.
	FramesEach Spread `json:"frames_each"`
}

// LabelCount is the number of samples of a class in each data set with labels.
type LabelCount struct {
	Class   string         `json:"class"`
	Samples map[string]int `json:"samples"`
}

// JointCount is the number of samples that have both classes.
type JointCount struct {
	Classes [2]string `json:"classes"`
	Samples int       `json:"samples"`
}

// FormatSummary counts the files of a format.
type FormatSummary struct {
	Format string `json:"format"`
	Files  int    `json:"files"`
}

// describe counts what there is.
func (f *Findings) describe(c Config, members []member, files []scanned) {
	for _, role := range c.roles() {
		set := c.Sets[role]
		s := SetSummary{Data: string(role), Samples: len(set.Samples), LeftOut: set.Skipped.Samples}
		var each []int
		for _, sample := range set.Samples {
			s.Frames += len(sample.Frames)
			each = append(each, len(sample.Frames))
		}
		s.FramesEach = spreadOf(each)
		f.Sets = append(f.Sets, s)
	}
	f.labels(c)
	f.files(files)
	f.flat(members, files)
}

// labels counts classes, and which go together.
func (f *Findings) labels(c Config) {
	joint := map[[2]int]int{}
	f.Classes = make([]LabelCount, len(c.Classes))
	for k, class := range c.Classes {
		f.Classes[k] = LabelCount{class, map[string]int{}}
	}
	for _, role := range c.roles() {
		if role == layout.Unlabeled {
			continue
		}
		for _, sample := range c.Sets[role].Samples {
			for i, k := range sample.Labels {
				f.Classes[k].Samples[string(role)]++
				for _, other := range sample.Labels[i+1:] {
					joint[[2]int{k, other}]++
				}
			}
		}
	}
	f.Joint = []JointCount{}
	keys := slices.SortedFunc(maps.Keys(joint), func(a, b [2]int) int {
		return cmp.Or(joint[b]-joint[a], a[0]-b[0], a[1]-b[1])
	})
	for _, key := range keys {
		f.Joint = append(f.Joint, JointCount{[2]string{c.Classes[key[0]], c.Classes[key[1]]}, joint[key]})
	}
}

// files counts formats and sizes, of each file once.
func (f *Findings) files(files []scanned) {
	counts := map[string]int{}
	var widths, heights []int
	for _, file := range files {
		switch {
		case file.err != nil:
		case file.numbers:
			f.Rows++
		default:
			counts[file.info.Format]++
			widths, heights = append(widths, file.info.Width), append(heights, file.info.Height)
		}
	}
	f.Width, f.Height = spreadOf(widths), spreadOf(heights)
	f.Formats = []FormatSummary{}
	for _, format := range slices.Sorted(maps.Keys(counts)) {
		f.Formats = append(f.Formats, FormatSummary{format, counts[format]})
	}
	slices.SortStableFunc(f.Formats, func(a, b FormatSummary) int { return b.Files - a.Files })
}

func (f *Findings) flat(members []member, files []scanned) {
	f.Flat.Samples = []Place{}
	for _, file := range files {
		if file.err == nil && file.flat() {
			f.Flat.Files++
		}
	}
	for _, m := range members {
		if m.usable == 0 && m.readable > 0 {
			f.Flat.Samples = append(f.Flat.Samples, m.place(0))
		}
	}
}
