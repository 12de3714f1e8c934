package video

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOptionsAreSound(t *testing.T) {
	for _, o := range Options() {
		if err := o.Check(); err != nil {
			t.Error(err)
		}
	}
	if c := Default(); c.Method != "scene" || c.MaxFrames != 80 {
		t.Errorf("defaults %+v", c)
	}
}

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
		c, dir := Default(), filepath.Join(t.TempDir(), "out")
		c.Method, c.Count, c.MinFrames = method, 5, 3
		frames, kept, err := tool.Extract(t.Context(), path, dir, c)
		if err != nil || kept || len(frames) < 3 || method == "uniform" && len(frames) != 5 ||
			method == "scene" && len(frames) != 3 {
			t.Errorf("%s: %v, %v", method, frames, err)
			continue
		}
		if _, kept, err := tool.Extract(t.Context(), path, dir, c); err != nil || !kept {
			t.Errorf("%s again: %v, %v", method, kept, err)
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
	if _, _, err := tool.Extract(t.Context(), path, out, Default()); err == nil {
		t.Error("a playlist is a video")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder is left")
	}
}
