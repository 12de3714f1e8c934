package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/featurefile"
	"montage/runner/labelfile"
)

// Source says what to open.
type Source struct {
	// Path is a label file, a pattern of JSON files, shards, a folder with a folder for each class
	// or, without labels, a folder of folders of frames, of images or of videos.
	Path string
	// Table says how label files are read. Split and Values say which of their samples
	// to take: those whose split is one of Values; all without Values.
	Table  spec.LabelTable
	Split  spec.SplitTable
	Values []string
	// Labeled says that every sample must have labels. Without it labels are not
	// read, so a labelled file can serve as unlabelled.
	Labeled bool
	// Classes is the vocabulary to use: that of the training set, for a test set.
	// With none it is made of the labels found, sorted.
	Classes []string
	// Numbers says that a label may be the position of a class, from 0.
	Numbers bool
	// Features are files of features, or patterns of such files: rows of these with the
	// samples' ids stand for frames. Without any, samples have frames.
	Features []string
	// OnError says what to do about broken frames.
	OnError data.OnError
	// Progress, when set, is called with the number of samples checked so far, by one
	// goroutine at a time.
	Progress func(done, total int)
	// Video says which key frames are taken of videos. VideoProgress, when set, is called with the number of
	// videos done so far, by one goroutine at a time.
	Video         spec.VideoTable
	VideoProgress func(done, total int)

	skip  []string // folders that are no classes
	known known    // what was read for other data sets of the spec
	of    *Layout  // takes what is found out, nil where nobody asks
}

// found takes a line of spec that states what the source had to find out.
func (s Source) found(format string, args ...any) {
	if s.of != nil {
		s.of.Found = once(s.of.Found, fmt.Sprintf(format, args...))
	}
}

// warn takes what a user should know of the source.
func (s Source) warn(p data.Problem) {
	if s.of != nil {
		s.of.Warnings = once(s.of.Warnings, p)
	}
}

func once[L ~[]E, E comparable](list L, e E) L {
	if slices.Contains(list, e) {
		return list
	}
	return append(list, e)
}

// entry is a sample as a label file, a folder or an archive names it: labels are still
// words, and the files have not been looked at.
type entry struct {
	data.Sample
	labels []string
}

// Open finds the samples of a source and checks ids, labels, folders and the header of each
// frame. It does not decode frames, which would take as long as an epoch. It returns all
// problems at once, as data.Problems. Labels outside of Classes are left out, with a
// warning, and so are samples that have no others.
func Open(ctx context.Context, source Source) (*data.Dataset, error) {
	if err := source.OnError.Check(); err != nil {
		return nil, err
	}
	entries, problems, err := read(source)
	if err != nil {
		return nil, err
	}
	return source.open(ctx, entries, problems)
}

// open makes a data set of what was read.
func (s Source) open(ctx context.Context, entries []entry, problems data.Problems) (*data.Dataset, error) {
	d := &data.Dataset{Classes: s.Classes, Samples: make([]data.Sample, 0, len(entries))}
	if s.Labeled && len(d.Classes) == 0 {
		d.Classes = vocabulary(entries)
	}
	strangers := newStrangers(d.Classes, s.Numbers)
	for _, e := range entries {
		if e.Sample.Labels = strangers.index(e.labels); len(e.Sample.Labels) == 0 && len(e.labels) > 0 {
			strangers.lost++
			continue
		}
		d.Samples = append(d.Samples, e.Sample)
	}
	if strangers.numbered {
		s.found("# labels that are numbers are positions in the list of classes, from 0")
	}
	warnings := strangers.warnings(s.Path)
	if len(entries) > 0 && len(d.Samples) == 0 {
		return nil, append(problems, warnings...)
	}
	d, err := s.files(ctx, d, problems)
	if err == nil {
		d.Warnings = append(warnings, d.Warnings...)
	}
	return d, err
}

// files finds the frames of samples, or their rows of features.
func (s Source) files(ctx context.Context, d *data.Dataset, problems data.Problems) (*data.Dataset, error) {
	if len(s.Features) > 0 {
		return s.joinRows(d, problems)
	}
	if err := s.framesOfVideos(ctx, d); err != nil {
		return nil, err
	}
	checked, err := data.Check(ctx, d, s.check(problems))
	if err != nil {
		return nil, err
	}
	checked.Warnings = append(d.Warnings, checked.Warnings...)
	checked.Skipped.Samples += d.Skipped.Samples
	checked.Skipped.Problems = append(d.Skipped.Problems, checked.Skipped.Problems...)
	return checked, nil
}

// OpenPaths opens what a user names, for prediction: a folder of frames, an image or a
// video is one sample, whose id is the path as given; a folder of such folders or of videos
// gives a sample for each; a label file gives its samples, with their ids.
func OpenPaths(ctx context.Context, paths []string, source Source) (*data.Dataset, error) {
	d := &data.Dataset{Classes: source.Classes}
	for _, path := range paths {
		samples, problems, err := named(path, source)
		if err != nil {
			return nil, err
		}
		if len(problems) > 0 {
			return nil, problems
		}
		d.Samples = append(d.Samples, samples...)
	}
	return source.files(ctx, d, nil)
}

// named returns the samples of one path of a user.
func named(path string, source Source) ([]data.Sample, data.Problems, error) {
	source.Path, source.Labeled = path, false
	ids := labelfile.IsPattern(path) || isLabelFile(path) || isShards(path) || source.takesFeatures(path)
	if !ids && len(source.Features) > 0 {
		return nil, data.Problems{{File: path, Text: "is neither a file of features nor a label file",
			Hint: "the model takes features: what runner embed writes by the backbone of its training"}}, nil
	}
	if !ids && featurefile.Is(path) {
		return nil, data.Problems{{File: path, Text: "is a file of features, and the model takes pictures",
			Hint: "predict by a run whose [backbone] is features; or name pictures"}}, nil
	}
	if !ids && !holdsSamples(path) {
		one := data.Sample{ID: path}
		locate(&one, path)
		return []data.Sample{one}, nil, nil
	}
	entries, problems, err := read(source)
	samples := make([]data.Sample, len(entries))
	for i, e := range entries {
		samples[i] = e.Sample
		if !ids {
			samples[i].ID = filepath.Join(path, e.ID)
		}
	}
	return samples, problems, err
}

func (s Source) check(problems data.Problems) data.Checking {
	return data.Checking{Path: s.Path, OnError: s.OnError, Progress: s.Progress, Problems: problems}
}

// read finds what the path is and reads its entries.
func read(source Source) ([]entry, data.Problems, error) {
	if source.takesFeatures(source.Path) {
		return readFeatures(source)
	}
	if isShards(source.Path) {
		return source.keep(readShards(source))
	}
	if labelfile.IsPattern(source.Path) {
		return readLabelFile(source)
	}
	info, err := os.Stat(source.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, hint.With(fmt.Errorf("data set %s does not exist: %w", source.Path, fs.ErrNotExist), "%s",
			`"runner synth DIR" writes a synthetic one to try things with`)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open data set: %w", err)
	}
	switch {
	case info.IsDir() && (source.Labeled || len(source.Values) > 0):
		return source.keep(readClassFolders(source))
	case info.IsDir():
		return readFolder(source)
	case info.Mode().IsRegular():
		return readLabelFile(source)
	}
	return nil, nil, fmt.Errorf("data set %s is neither a label file nor a folder", source.Path)
}

// labelExtensions are those of label files.
var labelExtensions = []string{".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".txt", ".lst"}

// isLabelFile goes by the extension.
func isLabelFile(path string) bool {
	return slices.Contains(labelExtensions, strings.ToLower(filepath.Ext(path)))
}
