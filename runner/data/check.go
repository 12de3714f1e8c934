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
	"sync"

	"montage/core/parallel"
)

// check looks at the files of a data set's samples.
type check struct {
	source Source
	data   *Dataset
}

// finding is the result of checking one sample's files.
type finding struct {
	frames   []string
	broken   int
	problems Problems
}

// run fills in the frames of all samples. It adds to the problems known already
// and returns them as the error, unless they are of files and to be skipped.
func (c check) run(ctx context.Context, problems Problems) (*Dataset, error) {
	findings, err := c.findings(ctx)
	if err != nil {
		return nil, err
	}
	skip := c.source.OnError == Skip
	d := &Dataset{Classes: c.data.Classes}
	for i, t := range c.data.Samples {
		f := findings[i]
		if !skip {
			problems = append(problems, f.problems...)
		}
		d.Skipped.Problems = append(d.Skipped.Problems, f.problems...)
		d.Skipped.Frames += f.broken
		if t.Frames = f.frames; len(t.Frames) > 0 {
			d.Samples = append(d.Samples, t)
		} else {
			d.Skipped.Samples++
		}
	}
	if len(d.Samples) == 0 && len(problems) == 0 {
		problems = append(d.Skipped.Problems, Problem{File: c.source.Path,
			Text: "no sample is left after skipping broken ones"})
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	return d, nil
}

func (c check) findings(ctx context.Context) ([]finding, error) {
	total := len(c.data.Samples)
	findings := make([]finding, total)
	var progress sync.Mutex
	done := 0
	err := parallel.Each(ctx, total, func(i int) error {
		findings[i] = c.sample(ctx, c.data.Samples[i])
		if c.source.Progress != nil {
			progress.Lock()
			defer progress.Unlock()
			done++
			c.source.Progress(done, total)
		}
		return nil
	})
	return findings, err
}

// sample checks one sample's folder and the header of every frame in it.
func (c check) sample(ctx context.Context, t Sample) finding {
	var f finding
	names, err := frameNames(t.Dir)
	if err != nil {
		f.problems = append(f.problems, c.problem(t, err.Error(), c.folderHint(t)))
		return f
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return f
		}
		if err := checkFrame(filepath.Join(t.Dir, name)); err != nil {
			f.broken++
			f.problems = append(f.problems, c.problem(t, err.Error(), frameHint))
			continue
		}
		f.frames = append(f.frames, name)
	}
	return f
}

// frameHint is the hint for a frame that cannot be used.
const frameHint = `replace or remove the file, or leave broken frames out with on_error = "skip"`

func (c check) folderHint(t Sample) string {
	if c.source.Path == "" { // a folder that the user named
		return "name folders of JPEG or PNG files, one for each sample"
	}
	return fmt.Sprintf("each sample has a folder of JPEG or PNG files, here %s; on_error = \"skip\" leaves the "+
		"sample out", filepath.Join(filepath.Dir(t.Dir), "<id>"))
}

// problem places a file's problem at the row that asks for the file.
func (c check) problem(t Sample, text, hint string) Problem {
	if t.Line == 0 {
		return Problem{File: t.Dir, Text: text, Hint: hint}
	}
	return Problem{File: c.source.Path, Line: t.Line, Text: text, Hint: hint}
}

// frameNames lists the frames in a folder, in natural order.
func frameNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("folder %s does not exist", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("list frames: %w", err)
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() && !hidden(name) && isFrame(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("folder %s holds no frame, expected .jpg, .jpeg or .png files", dir)
	}
	slices.SortFunc(names, natural)
	return names, nil
}

func isFrame(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}
