package layout

import (
	"context"
	"fmt"
	"os"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/video"
)

// framesOfVideos takes the key frames out of videos, which are kept in the user's cache
// folder, and puts them in the videos' place.
func framesOfVideos(ctx context.Context, samples []data.Sample) error {
	var cache *video.Cache
	var problems data.Problems
	for i := range samples {
		s := &samples[i]
		if s.Frames != nil || !video.IsVideo(s.Dir) {
			continue
		}
		if info, err := os.Stat(s.Dir); err != nil || info.IsDir() {
			continue // a folder with such a name, or missing, which the check of the data set reports
		}
		if cache == nil {
			tool, err := video.Find(ctx, "")
			if err != nil {
				return fmt.Errorf("video %s: %w", s.Dir, err)
			}
			cache = &video.Cache{Tool: tool}
		}
		dir, frames, err := cache.Frames(ctx, s.Dir, video.Default())
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			file := s.File
			if file == "" {
				file = s.Dir
			}
			problems = append(problems, data.Problem{File: file, Line: s.Line, Text: err.Error(),
				Hint: hint.Join(hint.Of(err))})
			continue
		}
		s.Dir, s.Frames = dir, frames
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}
