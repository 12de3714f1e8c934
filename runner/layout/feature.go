package layout

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/featurefile"
	"montage/runner/labelfile"
)

// featureRow is a row of a file of features.
type featureRow struct {
	id   string
	file *featurefile.File
	row  int
}

// featureRows are the rows of data.features, by their ids.
type featureRows struct {
	rows  []featureRow
	width int
}

// openFeatures reads the ids of all files, and refuses ids that come twice.
func openFeatures(patterns []string) (*featureRows, error) {
	all := &featureRows{}
	var first *featurefile.File
	for _, pattern := range patterns {
		paths, err := labelfile.Files(pattern)
		if err != nil {
			return nil, fmt.Errorf("data.features: %w", err)
		}
		for _, path := range paths {
			file, err := featurefile.Open(path)
			if err != nil {
				return nil, err
			}
			if first == nil {
				first, all.width = file, file.Width
			}
			if file.Width != all.width {
				return nil, hint.With(fmt.Errorf("%s has rows of %d features, %s of %d", first.Path, first.Width, path,
					file.Width), "compute all features by one backbone")
			}
			all.add(file)
		}
	}
	slices.SortStableFunc(all.rows, func(a, b featureRow) int { return strings.Compare(a.id, b.id) })
	for i := range all.rows[1:] {
		if a, b := all.rows[i], all.rows[i+1]; a.id == b.id {
			return nil, hint.With(fmt.Errorf("id %q is in row %d of %s and in row %d of %s", a.id, a.row+1, a.file.Path,
				b.row+1, b.file.Path), "name files in which every id comes once")
		}
	}
	return all, nil
}

func (r *featureRows) add(file *featurefile.File) {
	for i, id := range file.IDs {
		r.rows = append(r.rows, featureRow{id: clean(id), file: file, row: i})
	}
}

// of returns the rows of a sample, in the order of the file: the one with its id, or those
// whose ids begin with it and a slash.
func (r *featureRows) of(id string) []featureRow {
	find := func(id string) (int, bool) {
		return slices.BinarySearchFunc(r.rows, id,
			func(r featureRow, id string) int { return strings.Compare(r.id, id) })
	}
	if i, ok := find(id); ok {
		return r.rows[i : i+1]
	}
	from, _ := find(id + "/")
	end := from
	for end < len(r.rows) && strings.HasPrefix(r.rows[end].id, id+"/") {
		end++
	}
	rows := slices.Clone(r.rows[from:end])
	slices.SortFunc(rows, func(a, b featureRow) int { return a.row - b.row })
	return rows
}

// setRows gives a sample rows in place of frames, all of one file.
func setRows(s *data.Sample, rows []featureRow) error {
	file := rows[0].file
	s.Dir, s.Frames, s.Parts, s.Rows = file.Path, nil, nil, file.Encoding
	for _, r := range rows {
		if r.file != file {
			return fmt.Errorf("the rows of sample %q are in %s and %s", s.ID, file.Path, r.file.Path)
		}
		from, end := file.Offsets[r.row], file.Offsets[r.row+1]
		s.Frames = append(s.Frames, fmt.Sprintf("row %d", r.row+1))
		s.Parts = append(s.Parts, data.Part{Offset: from, Size: end - from})
	}
	return nil
}

// joinRows gives each sample of a data set its rows. Samples without are problems, or left
// out.
func (s Source) joinRows(d *data.Dataset, problems data.Problems) (*data.Dataset, error) {
	out := &data.Dataset{Classes: d.Classes}
	var all *featureRows
	for _, sample := range d.Samples {
		if sample.Rows == "" { // else its path is a file of features
			var err error
			if all == nil {
				all, err = s.known.features(s.Features)
			}
			if err != nil {
				return nil, err
			}
			rows := all.of(sample.ID)
			if len(rows) == 0 {
				out.Skipped.Samples++
				out.Skipped.Problems = append(out.Skipped.Problems, s.noRow(sample, all))
				continue
			}
			if err := setRows(&sample, rows); err != nil {
				return nil, err
			}
		}
		out.Samples = append(out.Samples, sample)
	}
	if s.OnError != data.Skip || len(out.Samples) == 0 {
		problems = append(problems, out.Skipped.Problems...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if s.Progress != nil {
		s.Progress(len(out.Samples), len(d.Samples))
	}
	return out, nil
}

// noRow is the problem of a sample without a row.
func (s Source) noRow(sample data.Sample, all *featureRows) data.Problem {
	p := data.Problem{File: sample.File, Line: sample.Line,
		Text: fmt.Sprintf("no row of data.features has the id %q; the first has %q", sample.ID, all.rows[0].id),
		Hint: `runner embed RUN LABELS.csv --out FILE writes rows with the ids of a label file; on_error = "skip" ` +
			`leaves samples without a row out`}
	if p.File == "" {
		p.File = s.Path
	}
	return p
}

// readFeatures reads a file of features as samples without labels.
func readFeatures(source Source) ([]entry, data.Problems, error) {
	if source.Labeled {
		return nil, data.Problems{{File: source.Path, Text: "a file of features has no labels", Hint: "name a label " +
			"file with the ids of its rows, and the file itself by data.features"}}, nil
	}
	all, err := source.known.features([]string{source.Path})
	if err != nil {
		return nil, nil, err
	}
	entries := make([]entry, len(all.rows))
	for i, r := range all.rows {
		entries[i].ID = r.id
		if err := setRows(&entries[i].Sample, all.rows[i:i+1]); err != nil {
			return nil, nil, err
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return int(a.Parts[0].Offset - b.Parts[0].Offset) })
	return entries, nil, nil
}

// FeatureWidth returns the number of features of the rows of data.features.
func (l *Layout) FeatureWidth() (int, error) {
	all, err := l.known.features(l.table.Features)
	if err != nil {
		return 0, err
	}
	return all.width, nil
}

// FeatureDigest returns a digest of the files of data.features: other numbers in their rows are other data.
func (l *Layout) FeatureDigest() (string, error) {
	all, err := l.known.features(l.table.Features)
	if err != nil {
		return "", err
	}
	sum, seen := sha256.New(), map[*featurefile.File]bool{}
	for _, r := range all.rows {
		if seen[r.file] {
			continue
		}
		seen[r.file] = true
		content, err := os.Open(r.file.Path)
		if err != nil {
			return "", fmt.Errorf("features: %w", err)
		}
		_, err = io.Copy(sum, content)
		if err = errors.Join(err, content.Close()); err != nil {
			return "", fmt.Errorf("features: %w", err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// takesFeatures reports whether a path is read as a file of features.
func (s Source) takesFeatures(path string) bool { return len(s.Features) > 0 && featurefile.Is(path) }
