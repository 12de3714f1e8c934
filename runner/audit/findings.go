package audit

import (
	"cmp"
	"fmt"
	"slices"

	"montage/runner/data"
	"montage/runner/layout"
)

// Findings are what a check found, and what the data sets are.
type Findings struct {
	// Leaks are samples that judge what was learnt from themselves, by the data sets that they are in.
	Leaks []Match `json:"leaks"`
	// Unreadable are files that are missing or do not decode.
	Unreadable []Unreadable `json:"unreadable"`
	// Duplicates are samples that a data set has twice.
	Duplicates []Match `json:"duplicates"`
	// Shared are samples of two data sets that have some frames in common, fewer than a leak has.
	Shared []Match `json:"shared"`
	// Flat are the files with too little detail to be compared by their looks.
	Flat Flat `json:"flat"`

	Sets    []SetSummary `json:"sets"`
	Classes []LabelCount `json:"classes"`
	Joint   []JointCount `json:"cooccurrence"`
	// Rows is the number of rows of features, which come in place of pictures.
	Rows    int             `json:"rows"`
	Formats []FormatSummary `json:"formats"`
	Width   Spread          `json:"width"`
	Height  Spread          `json:"height"`
	// Warnings are of the label files.
	Warnings []string `json:"warnings"`
}

// Unreadable is a file, or a folder of a sample, that cannot be used.
type Unreadable struct {
	Data   string `json:"data"`
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Flat counts what cannot be compared.
type Flat struct {
	Files int `json:"files"`
	// Samples have no other frame.
	Samples []Place `json:"samples"`
}

// Spread is the least, the middle and the greatest of several numbers.
type Spread struct {
	Min    int `json:"min"`
	Median int `json:"median"`
	Max    int `json:"max"`
}

// spreadOf sorts numbers. Of an even count the lower one of the middle is taken.
func spreadOf(numbers []int) Spread {
	if len(numbers) == 0 {
		return Spread{}
	}
	slices.Sort(numbers)
	return Spread{numbers[0], numbers[(len(numbers)-1)/2], numbers[len(numbers)-1]}
}

// Err is what was found that training should not begin with: leaks and unreadable files; nil where there are none.
func (f *Findings) Err() error {
	if len(f.Leaks)+len(f.Unreadable) == 0 {
		return nil
	}
	return fmt.Errorf("found %s and %s", counted(len(f.Leaks), "leak"), counted(len(f.Unreadable), "unreadable file"))
}

// unreadable lists what opening left out, and the files that do not decode.
func (f *Findings) unreadable(c Config, members []member, files []scanned) {
	f.Unreadable = []Unreadable{}
	for _, role := range c.roles() {
		for _, p := range c.Sets[role].Skipped.Problems {
			f.Unreadable = append(f.Unreadable, Unreadable{string(role), cmp.Or(p.Path, p.File), p.Reason()})
		}
	}
	for _, file := range files {
		if file.err != nil {
			first := members[file.places[0].member].place(file.places[0].frame)
			f.Unreadable = append(f.Unreadable, Unreadable{first.Data, first.File, file.err.Error()})
		}
	}
	slices.SortStableFunc(f.Unreadable, func(a, b Unreadable) int {
		return cmp.Or(cmp.Compare(a.Data, b.Data), data.Natural(a.File, b.File))
	})
}

// sort says which matches are leaks, and puts the worst first.
func (f *Findings) sort(matches []Match) {
	f.Leaks, f.Duplicates, f.Shared = []Match{}, []Match{}, []Match{}
	for _, m := range matches {
		switch across := m.A.Data != m.B.Data; {
		case across && m.Kind != SomeFrames:
			f.Leaks = append(f.Leaks, m)
		case across:
			f.Shared = append(f.Shared, m)
		case m.Kind != SomeFrames:
			f.Duplicates = append(f.Duplicates, m)
		}
	}
	for _, list := range [][]Match{f.Leaks, f.Duplicates, f.Shared} {
		slices.SortStableFunc(list, func(a, b Match) int {
			return cmp.Or(position(a.A.Data)-position(b.A.Data), position(a.B.Data)-position(b.B.Data),
				rank[a.Kind]-rank[b.Kind], b.Frames-a.Frames)
		})
	}
}

func position(role string) int { return slices.Index(order, layout.Role(role)) }
