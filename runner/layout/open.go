package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
)

// Source says what to open.
type Source struct {
	// Path is a label file or, without labels, a folder of folders of frames.
	Path string
	// Table says how label files are read. Split and Values say which of their samples
	// to take: those whose split is one of Values; all without a split.
	Table  spec.LabelTable
	Split  spec.SplitTable
	Values []string
	// Labeled says that every sample must have labels. Without it labels are not
	// read, so a labelled file can serve as unlabelled.
	Labeled bool
	// Classes is the vocabulary to use: that of the training set, for a test set.
	// With none it is made of the labels found, sorted.
	Classes []string
	// OnError says what to do about broken frames.
	OnError data.OnError
	// Progress, when set, is called with the number of samples checked so far, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// entry is a sample as a label file, a folder or an archive names it: labels are still
// words, and the files have not been looked at.
type entry struct {
	data.Sample
	labels []string
}

// Open finds the samples of a source and checks ids, labels, folders and the header of each
// frame. It does not decode frames, which would take as long as an epoch. It returns all
// problems at once, as data.Problems.
func Open(ctx context.Context, source Source) (*data.Dataset, error) {
	if err := source.OnError.Check(); err != nil {
		return nil, err
	}
	entries, problems, err := read(source)
	if err != nil {
		return nil, err
	}
	d := &data.Dataset{Classes: source.Classes}
	if source.Labeled && len(d.Classes) == 0 {
		d.Classes = vocabulary(entries)
	}
	for _, e := range entries {
		labels, unknown := index(d.Classes, e.labels)
		for _, label := range unknown {
			problems = append(problems, data.Problem{File: e.File, Line: e.Line,
				Text: fmt.Sprintf("label %q does not occur in the labelled training set", label),
				Hint: labelHint(label, d.Classes)})
		}
		e.Sample.Labels = labels
		d.Samples = append(d.Samples, e.Sample)
	}
	return data.Check(ctx, d, source.check(problems))
}

// OpenFolders opens folders of frames as one sample each, for prediction. A
// sample's ID is its path as given.
func OpenFolders(ctx context.Context, paths []string, source Source) (*data.Dataset, error) {
	d := &data.Dataset{Classes: source.Classes}
	for _, path := range paths {
		d.Samples = append(d.Samples, data.Sample{ID: path, Dir: path})
	}
	return data.Check(ctx, d, source.check(nil))
}

func (s Source) check(problems data.Problems) data.Checking {
	return data.Checking{Path: s.Path, OnError: s.OnError, Progress: s.Progress, Problems: problems}
}

// read finds what the path is and reads its entries.
func read(source Source) ([]entry, data.Problems, error) {
	info, err := os.Stat(source.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, hint.With(fmt.Errorf("data set %s does not exist: %w", source.Path, fs.ErrNotExist), "%s",
			`"runner synth DIR" writes a synthetic one to try things with`)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open data set: %w", err)
	}
	switch {
	case info.IsDir():
		return readFolder(source)
	case info.Mode().IsRegular():
		return readLabelFile(source)
	}
	return nil, nil, fmt.Errorf("data set %s is neither a label file nor a folder", source.Path)
}

// readLabelFile reads a CSV file whose frames lie in frames/<id>/ beside it.
func readLabelFile(source Source) (entries []entry, problems data.Problems, err error) {
	text, err := os.ReadFile(source.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("read data set: %w", err)
	}
	rows, problems := readTable(source.Path, text, source.Labeled)
	if len(rows) == 0 && len(problems) == 0 {
		problems = data.Problems{{File: source.Path, Line: 1, Text: "no sample follows the header", Hint: columnHint}}
	}
	frames := filepath.Join(filepath.Dir(source.Path), "frames")
	for _, r := range rows {
		entries = append(entries, entry{data.Sample{ID: r.id, Dir: filepath.Join(frames, r.id), File: source.Path,
			Line: r.line}, r.labels})
	}
	return entries, problems, nil
}
