package layout

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/data/datatest"
)

// videoFolder holds a video of half a second, and one that is none.
func videoFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	datatest.Video(t, filepath.Join(dir, "a.mp4"), "testsrc2=s=64x48:r=10:d=0.5", "-c:v", "mpeg4")
	if err := os.WriteFile(filepath.Join(dir, "b.mp4"), []byte("no video"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, ".cache"))
	t.Setenv("HOME", dir) // where macOS has its caches
	return dir
}

// TestVideosAsTheSpecSays: [data.video] chooses the frames, each choice has a folder of its own in the cache, and a
// video that is broken is an error, or left out with a warning.
func TestVideosAsTheSpecSays(t *testing.T) {
	dir := videoFolder(t)
	source := Source{Path: dir, OnError: data.Fail, Video: spec.DefaultVideo()}
	var progress []int
	source.VideoProgress = func(done, total int) { progress = append(progress, done, total) }
	_, err := Open(t.Context(), source)
	if err == nil || !strings.Contains(err.Error(), "b.mp4") || strings.Contains(err.Error(), "a.mp4") {
		t.Errorf("a broken video: %v", err)
	}
	if !slices.Equal(progress, []int{0, 2, 1, 2, 2, 2}) {
		t.Errorf("progress %v", progress)
	}
	source.OnError = data.Skip
	folders := map[string]bool{}
	for _, count := range []int{2, 4, 2} {
		source.Video.Method, source.Video.Count, source.Video.Duplicates = "uniform", count, -1
		set, err := Open(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Samples) != 1 || len(set.Samples[0].Frames) != count || set.Skipped.Samples != 1 ||
			len(set.Skipped.Problems) != 1 || set.Skipped.Problems[0].Path != filepath.Join(dir, "b.mp4") {
			t.Errorf("%d frames: %+v, %+v", count, set.Samples, set.Skipped)
		}
		folders[set.Samples[0].Dir] = true
	}
	if len(folders) != 2 {
		t.Errorf("folders %v", folders)
	}
	path := filepath.Join(dir, "a.mp4")
	progress = nil
	set, err := OpenPaths(t.Context(), []string{path, path}, source) // one video
	if err != nil || len(set.Samples[1].Frames) != 2 || !folders[set.Samples[1].Dir] ||
		!slices.Equal(progress, []int{0, 1, 1, 1}) {
		t.Errorf("paths: %+v, %v, progress %v", set, err, progress)
	}
	source.Video = spec.DefaultVideo()
	source.Video.Scenes = path
	if _, err := Open(t.Context(), source); err == nil || !strings.Contains(err.Error(), "one file for 2 videos") {
		t.Errorf("one list for all videos: %v", err)
	}
}
