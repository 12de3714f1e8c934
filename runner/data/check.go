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
	"montage/runner/picture"
)

// Checking says how to check the files of samples.
type Checking struct {
	// Path is the label file or folder that names the samples, "" where a user names them.
	Path string
	// OnError says what to do about broken frames.
	OnError OnError
	// Problems are those known already: what is wrong with the label file.
	Problems Problems
	// Progress, when set, is called with the number of samples checked so far, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// check looks at the files of a data set's samples.
type check struct {
	source Checking
	data   *Dataset
}

// finding is the result of checking one sample's files.
type finding struct {
	frames   []string
	parts    []Part
	broken   int
	problems Problems
}

// Check looks for the frames of samples and reads the header of each. A sample without
// names of frames gets those of its folder. All problems are returned at once, as
// Problems, unless they are of files and to be skipped.
func Check(ctx context.Context, d *Dataset, source Checking) (*Dataset, error) {
	if err := source.OnError.Check(); err != nil {
		return nil, err
	}
	return check{source: source, data: d}.run(ctx, source.Problems)
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
		if t.Frames, t.Parts = f.frames, f.parts; len(t.Frames) > 0 {
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
	if t.Frames == nil {
		names, err := frameNames(t.Dir)
		if err != nil {
			f.problems = append(f.problems, c.problem(t, err.Error(), c.folderHint(t)).of(t.Dir))
			return f
		}
		t.Frames = names
	}
	for i, name := range t.Frames {
		if ctx.Err() != nil {
			return f
		}
		if err := checkFrame(t, i); err != nil {
			f.broken++
			f.problems = append(f.problems, c.problem(t, err.Error(), frameHint).of(t.Path(i)))
			continue
		}
		f.frames = append(f.frames, name)
		if t.Parts != nil {
			f.parts = append(f.parts, t.Parts[i])
		}
	}
	return f
}

// frameHint is the hint for a frame that cannot be used.
const frameHint = `replace the file by a sound one, or leave broken frames out: [data] on_error = "skip", or ` +
	`-s data.on_error=skip, which a run that is resumed takes too`

func (c check) folderHint(t Sample) string {
	if c.source.Path == "" { // a folder that the user named
		return "name folders of images, one for each sample"
	}
	return fmt.Sprintf("each sample has a folder of images, here %s; on_error = \"skip\" leaves the "+
		"sample out", filepath.Join(filepath.Dir(t.Dir), "<id>"))
}

// problem places a file's problem at the row that asks for the file.
func (c check) problem(t Sample, text, hint string) Problem {
	if t.Line == 0 {
		return Problem{File: t.Dir, Text: text, Hint: hint}
	}
	return Problem{File: t.File, Line: t.Line, Text: text, Hint: hint}
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
		if !entry.IsDir() && !strings.HasPrefix(name, ".") && picture.IsPicture(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("folder %s holds no frame, expected %s files", dir,
			strings.Join(picture.Extensions, ", "))
	}
	slices.SortFunc(names, Natural)
	return names, nil
}
