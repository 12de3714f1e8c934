package video

import (
	"os"
	"path/filepath"
	"testing"

	"montage/core/spec"
)

// TestMethods: every method finds what it promises in three scenes of a second each, and again finds it made.
func TestMethods(t *testing.T) {
	long(t)
	const graph = "testsrc2=s=160x90:r=10:d=1[a];color=white:s=160x90:r=10:d=1,drawbox=w=60:h=60:color=red:t=fill[b];" +
		"smptebars=s=160x90:r=10:d=1[c];[a][b][c]concat=n=3"
	tool, path := draw(t, "-film:a.mp4", graph, "-c:v", "mpeg4", "-q:v", "3", "-g", "5")
	for method, frames := range map[string]int{"scene": 3, "uniform": 5, "fps": 6, "iframe": 6} {
		v := Video{Path: path, Dir: filepath.Join(t.TempDir(), "out")}
		c := every(func(c *spec.VideoTable) { c.Method, c.Count, c.Rate = method, 5, 2 })
		r := tool.Extract(t.Context(), v, c)
		if r.Err != nil || r.kept || len(r.Frames) != frames {
			t.Errorf("%s: %v, %v", method, r.Frames, r.Err)
			continue
		}
		if r := tool.Extract(t.Context(), v, c); r.Err != nil || !r.kept || len(r.Frames) != frames {
			t.Errorf("%s again: %v, %v", method, r.kept, r.Err)
		}
		if err := os.Remove(filepath.Join(v.Dir, r.Frames[1])); err != nil {
			t.Fatal(err)
		}
		if r := tool.Extract(t.Context(), v, c); r.Err != nil || r.kept || len(r.Frames) != frames {
			t.Errorf("%s after a frame was removed: %v, %v", method, r.kept, r.Err)
		}
		c.Timeout = 1000 // what follows from the video does not change
		if r := tool.Extract(t.Context(), v, c); !r.kept {
			t.Errorf("%s with another timeout: %v", method, r.Err)
		}
		c.Quality = 50
		if r := tool.Extract(t.Context(), v, c); r.Err != nil || r.kept {
			t.Errorf("%s with another quality: %v, %v", method, r.kept, r.Err)
		}
	}
}

// TestManyFrames: as many frames can be taken as the options allow.
func TestManyFrames(t *testing.T) {
	long(t)
	tool, path := draw(t, "many.mp4", "testsrc2=s=32x24:r=25,trim=end_frame=5000", "-c:v", "mpeg4", "-g", "50")
	c := every(func(c *spec.VideoTable) { c.Method, c.Count = "uniform", 5000 })
	if _, frames := extract(t, tool, path, c); len(frames) != 5000 {
		t.Errorf("%d frames", len(frames))
	}
}

// TestAPlaylistIsNoVideo: a text that names other files is not followed.
func TestAPlaylistIsNoVideo(t *testing.T) {
	t.Parallel()
	tool, path := installed(t), filepath.Join(t.TempDir(), "list.mp4")
	for text, want := range map[string]string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n": "its format is none of a video",
		"ffconcat version 1.0\nfile /etc/passwd\n":                    "its format is none of a video",
		"": "Invalid data found"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		refused(t, tool, path, spec.DefaultVideo(), want)
	}
}
