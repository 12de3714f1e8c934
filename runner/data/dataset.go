package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"montage/core/hint"
	"montage/runner/featurefile"
	"montage/runner/framecache"
)

// OnError says what to do about files that are missing or broken.
type OnError string

// The choices. Mistakes in a label file itself are errors with either.
const (
	// Fail makes every problem an error. It is what the empty OnError means.
	Fail OnError = "fail"
	// Skip leaves broken frames out, and samples without any frame, and counts them.
	Skip OnError = "skip"
)

// Check reports a word that is no choice.
func (e OnError) Check() error {
	if e != "" && e != Fail && e != Skip {
		return fmt.Errorf("on_error is %q, expected %q or %q", e, Fail, Skip)
	}
	return nil
}

// Sample is one sample of a data set.
type Sample struct {
	// ID is the sample's name, unique in its data set.
	ID string
	// Dir is the folder, or the archive, that holds the sample's frames, Frames their names
	// in it, in natural order; never empty in a checked data set.
	Dir    string
	Frames []string
	// Parts are where the frames lie in an archive, nil of a folder.
	Parts []Part
	// Rows is how an archive of features holds them, "" where frames are pictures.
	Rows featurefile.Encoding
	// Broken are the positions in Frames of those that were found broken and are to be skipped, ascending. They stay
	// in Frames: a frame that breaks while a run is interrupted does not make another data set.
	Broken []int
	// Labels are positions in Dataset.Classes, ascending; none where unlabelled.
	Labels []int
	// File and Line are where the label file has the sample, "" and 0 without such a file.
	File string
	Line int
}

// Part is a part of a file, in bytes.
type Part struct{ Offset, Size int64 }

// Sound returns the sample without its broken frames.
func (t Sample) Sound() Sample {
	if t.Broken == nil {
		return t
	}
	frames, parts := t.Frames, t.Parts
	t.Frames, t.Parts = nil, nil
	for i, name := range frames {
		if slices.Contains(t.Broken, i) {
			continue
		}
		t.Frames = append(t.Frames, name)
		if parts != nil {
			t.Parts = append(t.Parts, parts[i])
		}
	}
	t.Broken = nil
	return t
}

// Path names a frame, for messages and caches. It is a file unless the sample is of an archive.
func (t Sample) Path(frame int) string { return filepath.Join(t.Dir, t.Frames[frame]) }

// Read returns the bytes of a frame's file.
func (t Sample) Read(frame int) ([]byte, error) {
	if t.Parts == nil {
		content, err := os.ReadFile(t.Path(frame))
		if errors.Is(err, fs.ErrNotExist) {
			err = hint.With(err, "restore the file; a run that stopped for it goes on with --resume RUN")
		}
		return content, err
	}
	archive, err := os.Open(t.Dir)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	content := make([]byte, t.Parts[frame].Size)
	_, err = io.ReadFull(io.NewSectionReader(archive, t.Parts[frame].Offset, t.Parts[frame].Size), content)
	return content, err
}

// origin says where the bytes of a frame lie.
func (t Sample) origin(frame int) framecache.Origin {
	if t.Parts == nil {
		return framecache.Origin{Path: t.Path(frame)}
	}
	return framecache.Origin{Path: t.Dir, Offset: t.Parts[frame].Offset, Size: t.Parts[frame].Size}
}

// Dataset is a checked list of samples, in the order of the label file or, for
// folders, in natural order. It is read-only once checked.
type Dataset struct {
	Samples []Sample
	// Classes is the vocabulary, in the order of the columns of targets.
	Classes []string
	// Skipped is what was left out.
	Skipped Skipped
	// Warnings are what a user should know of the labels.
	Warnings Problems
}

// Skipped counts what Skip left out of a data set: samples without a sound frame, and broken frames.
type Skipped struct {
	Samples, Frames int
	// Problems says why, for the log.
	Problems Problems
}

// Everything joins data sets as unlabelled ones. A sample whose frames are in several data
// sets is kept once, so that no sample counts twice.
func Everything(sets ...*Dataset) *Dataset {
	all := &Dataset{}
	seen := map[string]bool{}
	for _, d := range sets {
		for _, t := range d.Samples {
			if !seen[t.Path(0)] {
				seen[t.Path(0)] = true
				t.Labels, t.File, t.Line = nil, "", 0
				all.Samples = append(all.Samples, t)
			}
		}
	}
	return all
}

// Identities returns, for each sample, what it has in common with the same sample of other
// data sets: its first file, through whatever path, link or hard link, and, where a label file names
// it, its id among the label files of that folder.
func (d *Dataset) Identities() [][]string {
	if d == nil {
		return nil
	}
	all := make([][]string, len(d.Samples))
	for i, t := range d.Samples {
		all[i] = t.identities()
	}
	return all
}

// Shared returns the ids of the samples of a that are in a data set with the identities of
// others. mine are the identities of a.
func Shared(a *Dataset, mine, others [][]string) (ids []string) {
	known := map[string]bool{}
	for _, keys := range others {
		for _, key := range keys {
			known[key] = true
		}
	}
	for i, keys := range mine {
		if slices.ContainsFunc(keys, func(key string) bool { return known[key] }) {
			ids = append(ids, a.Samples[i].ID)
		}
	}
	return ids
}

// identities are what the same sample has in common in two data sets.
func (t Sample) identities() []string {
	keys := []string{t.FileID(0)}
	if name := t.Name(); name != "" {
		keys = append(keys, "id "+name)
	}
	return keys
}

// Supports returns the number of samples of each class.
func (d *Dataset) Supports() []int {
	counts := make([]int, len(d.Classes))
	for _, t := range d.Samples {
		for _, k := range t.Labels {
			counts[k]++
		}
	}
	return counts
}

// MultiHot writes the targets of a batch.
//
//	targets: float32 [B,K], row-major, owned by the caller: 1 where the sample has
//	the class, else 0; K is len(d.Classes)
//
// It fails where targets has another length than B·K.
func (d *Dataset) MultiHot(b Batch, targets []float32) error {
	k := len(d.Classes)
	if len(targets) != len(b.Samples)*k {
		return fmt.Errorf("targets of %d samples and %d classes: expected %d numbers, saw %d",
			len(b.Samples), k, len(b.Samples)*k, len(targets))
	}
	clear(targets)
	for i, sample := range b.Samples {
		for _, class := range d.Samples[sample].Labels {
			targets[i*k+class] = 1
		}
	}
	return nil
}
