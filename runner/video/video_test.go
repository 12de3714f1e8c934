package video

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"montage/core/spec"
)

// film makes three scenes of a second each with bars.
func film(t *testing.T, path string) Tool {
	t.Helper()
	tool, err := Find(t.Context(), "")
	if err != nil {
		if os.Getenv("MONTAGE_FFMPEG") == "required" {
			t.Fatal(err)
		}
		t.Skip("ffmpeg is not installed: ", err)
	}
	const graph = "testsrc2=s=160x90:d=1[a];color=white:s=160x90:d=1,drawbox=w=60:h=60:color=red:t=fill[b];" +
		"mandelbrot=s=160x90,trim=duration=1[c];[a][b][c]concat=n=3,pad=160:130:0:20"
	if said, err := exec.Command(tool.ffmpeg, "-v", "error", "-filter_complex", graph, "-c:v", "mpeg4", "-q:v", "3",
		path).CombinedOutput(); err != nil {
		t.Fatal(string(said), err)
	}
	return tool
}

func TestKeyFramesOfAFilm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "-film:a.mp4")
	tool := film(t, path)
	for _, method := range []string{"scene", "uniform", "fps", "iframe"} {
		c, dir := spec.DefaultVideo(), filepath.Join(t.TempDir(), "out")
		c.Method, c.Count, c.MinFrames = method, 5, 3
		r := tool.Extract(t.Context(), Video{Path: path, Dir: dir}, c)
		frames := r.Frames
		if r.Err != nil || r.Kept || len(frames) < 3 || method == "uniform" && len(frames) != 5 ||
			method == "scene" && len(frames) != 3 {
			t.Errorf("%s: %v, %v", method, frames, r.Err)
			continue
		}
		if r := tool.Extract(t.Context(), Video{Path: path, Dir: dir}, c); r.Err != nil || !r.Kept {
			t.Errorf("%s again: %v, %v", method, r.Kept, r.Err)
		}
	}
}

func TestABrokenVideoLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	tool := film(t, filepath.Join(dir, "film.mp4"))
	path := filepath.Join(dir, "text.mp4")
	if err := os.WriteFile(path, []byte("#EXTM3U\n/etc/passwd\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if r := tool.Extract(t.Context(), Video{Path: path, Dir: out}, spec.DefaultVideo()); r.Err == nil {
		t.Error("a playlist is a video")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder is left")
	}
}
