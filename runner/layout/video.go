package layout

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/video"
)

// films are the samples that are videos.
type films struct {
	samples []data.Sample
	videos  []video.Video
	of      [][]int // the samples of each video
}

// framesOfVideos takes the key frames out of a data set's videos, which are kept in the user's cache folder, and puts
// them in the videos' place. Broken videos are left out where the source skips what is broken.
func (s Source) framesOfVideos(ctx context.Context, d *data.Dataset) error {
	f := films{samples: d.Samples}
	if err := f.find(s); err != nil || len(f.videos) == 0 {
		return err
	}
	if err := video.CheckScenes(s.Video, len(f.videos)); err != nil {
		return err
	}
	tool, err := video.Find(ctx, "")
	if err != nil {
		return fmt.Errorf("video %s: %w", f.videos[0].Path, err)
	}
	results := tool.All(ctx, video.Batch{Videos: f.videos, Options: s.Video, Progress: s.VideoProgress})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	warnings, problems := f.place(results)
	d.Samples = slices.DeleteFunc(d.Samples, func(s data.Sample) bool { return s.Frames == nil && isVideo(s.Dir) })
	if len(problems) > 0 && (s.OnError != data.Skip || len(d.Samples) == 0) {
		return problems
	}
	d.Warnings, d.Skipped = warnings, data.Skipped{Samples: len(problems), Problems: problems}
	return nil
}

// find lists the samples that are videos, and each video once.
func (f *films) find(s Source) error {
	at := map[string]int{}
	for i, sample := range f.samples {
		if sample.Frames != nil || !isVideo(sample.Dir) {
			continue
		}
		id := sample.ID
		if video.IsVideo(id) {
			id = strings.TrimSuffix(id, filepath.Ext(id))
		}
		v, err := video.Cached(id, sample.Dir, s.Video)
		if err != nil {
			return err
		}
		k, seen := at[v.Dir]
		if !seen {
			k = len(f.videos)
			at[v.Dir], f.videos, f.of = k, append(f.videos, v), append(f.of, nil)
		}
		f.of[k] = append(f.of[k], i)
	}
	return nil
}

// isVideo is false for a folder with such a name, and for a missing file, which the check of the data set reports.
func isVideo(path string) bool {
	if !video.IsVideo(path) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// place puts the frames into the samples.
func (f *films) place(results []video.Result) (warnings, problems data.Problems) {
	for k, r := range results {
		for _, i := range f.of[k] {
			s := &f.samples[i]
			p := data.Problem{File: s.Dir, Path: s.Dir}
			if s.File != "" {
				p.File, p.Line = s.File, s.Line
			}
			for _, w := range r.Warnings {
				p.Text = w
				warnings = append(warnings, p)
			}
			if r.Err != nil {
				p.Text, p.Hint = r.Err.Error(), hint.Join(hint.Of(r.Err))
				problems = append(problems, p)
				continue
			}
			s.Dir, s.Frames = f.videos[k].Dir, r.Frames
		}
	}
	return warnings, problems
}
