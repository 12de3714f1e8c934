package video

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/core/spec"
)

// hanging returns an ffmpeg that hangs on files whose name says so, in a process of its own.
func hanging(t *testing.T, tool Tool) Tool {
	t.Helper()
	tool.ffmpeg = script(t, "ffmpeg",
		fmt.Sprintf(`case "$*" in *hang*) sleep 100;; *) exec %s "$@";; esac`, tool.ffmpeg))
	return tool
}

// TestTimeout: a video that hangs ffmpeg ends, and is named by its time.
func TestTimeout(t *testing.T) {
	t.Parallel()
	tool, path := draw(t, "hang.mp4", "testsrc2=s=64x48:r=10:d=0.3", "-c:v", "mpeg4")
	c := spec.DefaultVideo()
	c.Timeout = 1
	start := time.Now()
	refused(t, hanging(t, tool), path, c, "it took more than 1 seconds\nhint: --timeout")
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestInterrupted: what was done before stays, nothing half made is left, and the next call goes on.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tool, path := draw(t, "a.mp4", "testsrc2=s=64x48:r=10:d=0.3", "-c:v", "mpeg4")
	out := t.TempDir()
	var videos []Video
	for _, name := range []string{"a", "b-hang", "c"} {
		video := filepath.Join(filepath.Dir(path), name+".mp4")
		if name != "a" {
			if err := os.Link(path, video); err != nil {
				t.Fatal(err)
			}
		}
		videos = append(videos, Video{Path: video, Dir: filepath.Join(out, name)})
	}
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	b := Batch{Videos: videos, Options: spec.DefaultVideo(), Jobs: 1, Progress: func(done, total int) {
		if done == 1 {
			time.AfterFunc(300*time.Millisecond, func() { stop(stopped) })
		}
	}}
	results := hanging(t, tool).All(ctx, b)
	if results[0].Err != nil || !errors.Is(results[1].Err, stopped) || !errors.Is(results[2].Err, stopped) {
		t.Errorf("%v, %v, %v", results[0].Err, results[1].Err, results[2].Err)
	}
	if names := left(t, out, "a"); len(names) > 0 {
		t.Errorf("left %q", names)
	}
	var seen []string
	b.Progress = func(done, total int) { seen = append(seen, fmt.Sprint(done, "/", total)) }
	for i, r := range tool.All(t.Context(), b) {
		if r.Err != nil || r.kept != (i == 0) {
			t.Errorf("%s again: kept %v, %v", videos[i].Path, r.kept, r.Err)
		}
	}
	if said := strings.Join(seen, " "); said != "0/3 1/3 2/3 3/3" {
		t.Errorf("progress %s", said)
	}
}
