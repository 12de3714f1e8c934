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

// framesOfVideos takes the key frames out of videos, which are kept in the user's cache folder, and puts them in the
// videos' place. It returns warnings. Broken videos are left out where the source skips what is broken.
func (s Source) framesOfVideos(ctx context.Context, samples []data.Sample) ([]data.Sample, data.Problems, error) {
	f := films{samples: samples}
	if err := f.find(s); err != nil || len(f.videos) == 0 {
		return samples, nil, err
	}
	if err := video.CheckScenes(s.Video, len(f.videos)); err != nil {
		return nil, nil, err
	}
	tool, err := video.Find(ctx, "")
	if err != nil {
		return nil, nil, fmt.Errorf("video %s: %w", f.videos[0].Path, err)
	}
	results := tool.All(ctx, video.Batch{Videos: f.videos, Options: s.Video, Progress: s.VideoProgress})
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	warnings, problems := f.place(results)
	if len(problems) > 0 && s.OnError != data.Skip {
		return nil, nil, problems
	}
	for i := range problems {
		problems[i].Text = "left out: " + problems[i].Text
	}
	samples = slices.DeleteFunc(samples, func(s data.Sample) bool { return s.Frames == nil && isVideo(s.Dir) })
	if len(samples) == 0 {
		return nil, nil, problems
	}
	return samples, append(warnings, problems...), nil
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
			p := data.Problem{File: s.Dir}
			if s.File != "" {
				p = data.Problem{File: s.File, Line: s.Line}
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
