package data

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
)

// OnError says what to do about files that are missing or broken.
type OnError string

// The choices. Mistakes in the CSV file itself are errors with either.
const (
	// Fail makes every problem an error. It is what the empty OnError means.
	Fail OnError = "fail"
	// Skip leaves broken frames out, and samples without any frame, and counts them.
	Skip OnError = "skip"
)

// Source says what to open.
type Source struct {
	// Path is a CSV file with its frames/ folder beside it or, without labels, a
	// folder of folders of frames.
	Path string
	// Labeled says that every sample must have labels. Without it labels are not
	// read, so a labelled file can serve as unlabelled.
	Labeled bool
	// Classes is the vocabulary to use: that of the training set, for a test set.
	// With none it is made of the labels found, sorted.
	Classes []string
	// OnError says what to do about broken frames.
	OnError OnError
	// Progress, when set, is called with the number of samples checked so far, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// Sample is one sample of a data set.
type Sample struct {
	// ID is the sample's name, unique in its data set.
	ID string
	// Dir holds the sample's frames, Frames their names in natural order, never empty.
	Dir    string
	Frames []string
	// Labels are positions in Dataset.Classes, ascending; none where unlabelled.
	Labels []int
	// Line is the sample's line in the CSV file, 0 where there is no such file.
	Line int
}

// Path returns the file of a frame.
func (t Sample) Path(frame int) string { return filepath.Join(t.Dir, t.Frames[frame]) }

// Dataset is a checked list of samples, in the order of the CSV file or, for
// folders, in natural order. It is read-only after Open.
type Dataset struct {
	Samples []Sample
	// Classes is the vocabulary, in the order of the columns of targets.
	Classes []string
	// Skipped is what was left out.
	Skipped Skipped
}

// Skipped counts what Skip left out of a data set.
type Skipped struct {
	Samples, Frames int
	// Problems says why, for the log.
	Problems Problems
}

// Open finds the samples of a source and checks ids, labels, folders and the header of each
// frame. It does not decode frames, which would take as long as an epoch. It returns all
// problems at once, as Problems.
func Open(ctx context.Context, source Source) (*Dataset, error) {
	if source.OnError != "" && source.OnError != Fail && source.OnError != Skip {
		return nil, fmt.Errorf("on_error is %q, expected %q or %q", source.OnError, Fail, Skip)
	}
	info, err := os.Stat(source.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint.With(fmt.Errorf("data set %s does not exist: %w", source.Path, fs.ErrNotExist), "%s",
			`"runner synth DIR" writes a synthetic one to try things with`)
	}
	if err != nil {
		return nil, fmt.Errorf("open data set: %w", err)
	}
	switch {
	case info.IsDir():
		return openFolder(ctx, source)
	case info.Mode().IsRegular():
		return openCSV(ctx, source)
	}
	return nil, fmt.Errorf("data set %s is neither a CSV file nor a folder", source.Path)
}

// OpenFolders opens folders of frames as one sample each, for prediction. A
// sample's ID is its path as given.
func OpenFolders(ctx context.Context, paths []string, source Source) (*Dataset, error) {
	d := &Dataset{Classes: source.Classes}
	for _, path := range paths {
		d.Samples = append(d.Samples, Sample{ID: path, Dir: path})
	}
	return check{source: source, data: d}.run(ctx, nil)
}

func openCSV(ctx context.Context, source Source) (*Dataset, error) {
	text, err := os.ReadFile(source.Path)
	if err != nil {
		return nil, fmt.Errorf("read data set: %w", err)
	}
	rows, problems := readTable(source.Path, text, source.Labeled)
	if len(rows) == 0 && len(problems) == 0 {
		problems = Problems{{File: source.Path, Line: 1, Text: "no sample follows the header", Hint: columnHint}}
	}
	d := &Dataset{Classes: source.Classes}
	if source.Labeled && len(d.Classes) == 0 {
		d.Classes = vocabulary(rows)
	}
	frames := filepath.Join(filepath.Dir(source.Path), "frames")
	for _, r := range rows {
		labels, unknown := index(d.Classes, r.labels)
		for _, label := range unknown {
			problems = append(problems, Problem{File: source.Path, Line: r.line,
				Text: fmt.Sprintf("label %q does not occur in the labelled training set", label),
				Hint: labelHint(label, d.Classes)})
		}
		d.Samples = append(d.Samples, Sample{ID: r.id, Dir: filepath.Join(frames, r.id), Labels: labels, Line: r.line})
	}
	return check{source: source, data: d}.run(ctx, problems)
}

func openFolder(ctx context.Context, source Source) (*Dataset, error) {
	if source.Labeled {
		return nil, hint.With(
			fmt.Errorf("labelled data set %s is a folder, expected a CSV file", source.Path), "%s", columnHint)
	}
	entries, err := os.ReadDir(source.Path)
	if err != nil {
		return nil, fmt.Errorf("read data set: %w", err)
	}
	d := &Dataset{Classes: source.Classes}
	for _, entry := range entries {
		dir := filepath.Join(source.Path, entry.Name())
		if !hidden(entry.Name()) && isFolder(dir, entry) {
			d.Samples = append(d.Samples, Sample{ID: entry.Name(), Dir: dir})
		}
	}
	if len(d.Samples) == 0 {
		return nil, Problems{{File: source.Path, Text: "the folder holds no folders of frames",
			Hint: "an unlabelled data set is a folder with a folder of JPEG or PNG files for each sample"}}
	}
	slices.SortFunc(d.Samples, func(a, b Sample) int { return natural(a.ID, b.ID) })
	return check{source: source, data: d}.run(ctx, nil)
}

// isFolder follows links. One that leads nowhere counts, so that it is reported as
// a missing folder instead of being passed over.
func isFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.IsDir()
	}
	info, err := os.Stat(path)
	return err != nil || info.IsDir()
}

// hidden reports whether a file belongs to a desktop or file system: .DS_Store, ._0001.jpg.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// Everything joins data sets as unlabelled ones. A sample whose folder of frames is in
// several data sets is kept once, so that no sample counts twice.
func Everything(sets ...*Dataset) *Dataset {
	all := &Dataset{}
	seen := map[string]bool{}
	for _, d := range sets {
		for _, t := range d.Samples {
			if !seen[t.Dir] {
				seen[t.Dir] = true
				t.Labels, t.Line = nil, 0
				all.Samples = append(all.Samples, t)
			}
		}
	}
	return all
}

// Shared returns the ids of the samples of a whose folder of frames is in b too.
func Shared(a, b *Dataset) (ids []string) {
	if a == nil || b == nil {
		return nil
	}
	dirs := map[string]bool{}
	for _, t := range b.Samples {
		dirs[t.Dir] = true
	}
	for _, t := range a.Samples {
		if dirs[t.Dir] {
			ids = append(ids, t.ID)
		}
	}
	return ids
}
