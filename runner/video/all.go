package video

import (
	"context"
	"runtime"

	"montage/core/parallel"
	"montage/core/spec"
)

// Video is a video and the folder of its key frames.
type Video struct {
	ID   string // stands for {id} in the path of a list of scenes
	Path string
	Dir  string
}

// Batch takes key frames out of several videos.
type Batch struct {
	Videos  []Video
	Options spec.VideoTable
	// Jobs is how many videos are decoded at a time, as many as there are processors where it is 0. Each ffmpeg
	// gets its share of the processors as threads.
	Jobs int
	// Progress, when set, is called at the start and after each video, by one goroutine at a time.
	Progress func(done, total int)
}

// All extracts the frames of a batch. The error of a video does not end the others; the videos that were not begun when
// ctx ended have its error.
func (t Tool) All(ctx context.Context, b Batch) []Result {
	results := make([]Result, len(b.Videos))
	jobs := b.Jobs
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	jobs = max(1, min(jobs, len(b.Videos)))
	t.threads = (runtime.GOMAXPROCS(0) + jobs - 1) / jobs
	if b.Progress != nil {
		b.Progress(0, len(b.Videos))
	}
	count := parallel.Counter{Total: len(b.Videos), Show: b.Progress}
	err := parallel.Limited(ctx, len(b.Videos), jobs, func(i int) error {
		results[i] = t.Extract(ctx, b.Videos[i], b.Options)
		count.Add()
		return nil
	})
	for i := range results {
		if err != nil && results[i].Frames == nil && results[i].Err == nil {
			results[i].Err = context.Cause(ctx)
		}
	}
	return results
}
