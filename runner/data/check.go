package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/core/parallel"
	"montage/runner/fileindex"
	"montage/runner/picture"
	"montage/runner/video"
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
	config fileindex.Config
	index  *fileindex.Index
	unkept error // why the index could not be saved
}

// finding is the result of checking one sample's files.
type finding struct {
	frames   []string
	broken   []int
	unread   map[string]int
	problems Problems
}

// Check looks for the frames of samples and reads the header of each. A sample without
// names of frames gets those of its folder. All problems are returned at once, as
// Problems, unless they are of files and to be skipped.
func Check(ctx context.Context, d *Dataset, source Checking) (*Dataset, error) {
	if err := source.OnError.Check(); err != nil {
		return nil, err
	}
	return (&check{source: source, data: d, config: indexConfig(d.Samples)}).run(ctx, source.Problems)
}

// run fills in the frames of all samples. It adds to the problems known already
// and returns them as the error, unless they are of files and to be skipped.
func (c *check) run(ctx context.Context, problems Problems) (*Dataset, error) {
	findings, err := c.findings(ctx)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Classes: c.data.Classes, Samples: make([]Sample, 0, len(c.data.Samples))}
	for i, t := range c.data.Samples {
		f := findings[i]
		d.Skipped.Problems = append(d.Skipped.Problems, f.problems...)
		d.Skipped.Frames += len(f.broken)
		if len(f.broken) == len(f.frames) {
			d.Skipped.Samples++
		}
		if t.Frames, t.Broken = f.frames, f.broken; len(t.Frames) > 0 {
			d.Samples = append(d.Samples, t)
		}
	}
	if c.source.OnError != Skip {
		problems = append(problems, d.Skipped.Problems...)
	}
	if len(problems) == 0 && len(c.data.Samples) == 0 {
		problems = append(problems, Problem{File: c.source.Path, Text: "it holds no sample for this data set"})
	}
	if len(problems) == 0 && d.Skipped.Samples == len(c.data.Samples) {
		problems = append(d.Skipped.Problems, Problem{File: c.source.Path,
			Text: "no sample is left after skipping broken ones"})
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	d.Warnings = c.warnings(findings)
	return d, nil
}

// findings checks all samples, by the index of what was found sound before.
func (c *check) findings(ctx context.Context) ([]finding, error) {
	c.index = fileindex.Open(c.config)
	findings, err := c.pass(ctx)
	if err == nil && c.index.LookAgain() {
		findings, err = c.pass(ctx)
	}
	c.unkept = c.index.Save() // after an interruption too: what was done need not be done again
	return findings, err
}

func (c *check) pass(ctx context.Context) ([]finding, error) {
	findings := make([]finding, len(c.data.Samples))
	checked := parallel.Counter{Total: len(findings), Show: c.source.Progress}
	err := parallel.Each(ctx, len(findings), func(i int) error {
		findings[i] = c.sample(ctx, c.data.Samples[i])
		checked.Add()
		return nil
	})
	return findings, err
}

// sample checks one sample's folder and the header of every frame in it.
func (c *check) sample(ctx context.Context, t Sample) (f finding) {
	checked := func(i int, check func() error) error { return c.index.Check(t.Path(i), check) }
	switch {
	case t.Parts != nil:
		checked = func(_ int, check func() error) error { return check() }
	case t.Frames == nil:
		folder, err := c.folder(t.Dir)
		if err != nil {
			f.problems = append(f.problems, problem(t, t.Dir, err, c.folderHint(t)))
			return f
		}
		t.Frames, f.unread, checked = folder.Names, folder.Unread, folder.Check
	}
	f.frames = t.Frames
	for i := range t.Frames {
		if ctx.Err() != nil {
			return f
		}
		if err := checked(i, func() error { return checkFrame(t, i) }); err != nil {
			f.broken = append(f.broken, i)
			f.problems = append(f.problems, problem(t, t.Path(i), err, frameHint))
		}
	}
	return f
}

// frameHint is the hint for a frame that cannot be used.
const frameHint = `replace the file by a sound one, or leave broken frames out: [data] on_error = "skip", or ` +
	`-s data.on_error=skip, which a run that is resumed takes too`

func (c *check) folderHint(t Sample) string {
	if c.source.Path == "" { // a folder that the user named
		return "name folders of images, one for each sample"
	}
	return fmt.Sprintf("each sample has a folder of images, here %s; on_error = \"skip\" leaves the "+
		"sample out", filepath.Join(filepath.Dir(t.Dir), "<id>"))
}

// problem places what is wrong with a file or folder at the row that asks for it. An error without a hint gets the
// given one.
func problem(t Sample, path string, err error, remedy string) Problem {
	p := Problem{File: t.Dir, Path: path, Text: err.Error(), Hint: remedy}
	if hints := hint.Of(err); len(hints) > 0 {
		p.Hint = hint.Join(hints)
	}
	if t.Line != 0 {
		p.File, p.Line = t.File, t.Line
	}
	return p
}

// folder lists the frames in a folder, in natural order.
func (c *check) folder(dir string) (*fileindex.Folder, error) {
	folder, err := c.index.Folder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if video.IsVideo(dir) {
			return nil, hint.With(fmt.Errorf("video %s does not exist", dir),
				`[data.table] files says where videos are; on_error = "skip" leaves the sample out`)
		}
		return nil, fmt.Errorf("folder %s does not exist", dir)
	}
	if kind, remedy, found := picture.Remedy(dir); found && err != nil {
		return nil, hint.With(fmt.Errorf("frame %s: %s is not read", dir, kind), "%s", remedy)
	}
	if err != nil {
		return nil, fmt.Errorf("list frames: %w", err)
	}
	if len(folder.Names) == 0 {
		err := fmt.Errorf("folder %s holds no frame, expected %s files", dir,
			strings.Join(picture.Extensions, ", "))
		for _, end := range slices.Sorted(maps.Keys(folder.Unread)) {
			if kind, remedy, found := picture.Remedy(end); found {
				return nil, hint.With(err, "its %s files are of a kind that is not read, %s: %s", end, kind, remedy)
			}
		}
		return nil, err
	}
	return folder, nil
}
