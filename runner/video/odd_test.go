package video

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/spec"
)

// TestTruncatedVideos: ffmpeg takes files that end too early as shorter videos. Whole ones pass, also where the last
// picture stays for long.
func TestTruncatedVideos(t *testing.T) {
	long(t)
	for name, encoder := range map[string][]string{
		"a.mp4": {"-c:v", "mpeg4", "-movflags", "+faststart"}, "a.mkv": {"-c:v", "ffv1"}, "a.flv": {"-c:v", "flv1"},
		"a.avi": {"-c:v", "mjpeg"}, "a.webm": {"-c:v", "libvpx", "-deadline", "realtime"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool, path := draw(t, name, "testsrc2=s=64x48:r=10:d=3", encoder...)
			c := spec.DefaultVideo()
			extract(t, tool, path, c)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, raw[:len(raw)*6/10], 0o666); err != nil {
				t.Fatal(err)
			}
			r := tool.Extract(t.Context(), Video{Path: path, Dir: filepath.Join(t.TempDir(), "out")}, c)
			if r.Err == nil || !strings.Contains(r.Err.Error(), "truncated") {
				t.Errorf("%d frames, %v", len(r.Frames), r.Err)
			}
			c.KeepTruncated = true
			extract(t, tool, path, c)
		})
	}
	for _, name := range []string{"slides.mp4", "slides.mkv"} {
		tool, path := draw(t, name, "testsrc2=s=64x48:r=1:d=3,settb=1/1000,setpts=N*4000", "-c:v", "mpeg4")
		extract(t, tool, path, spec.DefaultVideo())
	}
}

// TestAClipIsNotTruncated: a clip that was cut out without encoding begins before what it shows.
func TestAClipIsNotTruncated(t *testing.T) {
	long(t)
	tool, path := draw(t, "whole.mp4", "testsrc2=s=64x48:r=10:d=10", "-c:v", "mpeg4", "-g", "100")
	clip := filepath.Join(filepath.Dir(path), "clip.mp4")
	if said, err := exec.Command(tool.ffmpeg, "-v", "error", "-ss", "6", "-i", path, "-t", "2", "-c", "copy",
		clip).CombinedOutput(); err != nil {
		t.Fatal(string(said), err)
	}
	s, err := tool.probe(t.Context(), clip)
	if err != nil || s.frames < 60 {
		t.Fatalf("the clip holds %d frames, %v", s.frames, err)
	}
	dir, _ := extract(t, tool, clip, every(func(*spec.VideoTable) {}))
	if rows := scenesOf(t, dir); len(rows) != 1 || !strings.HasPrefix(rows[0][1], "1.9") { // its last frame
		t.Errorf("shown: %q", rows)
	}
}

// TestNoVideo: sound alone, sound with a cover, and text.
func TestNoVideo(t *testing.T) {
	long(t)
	const cover = "sine=d=1[a];testsrc2=s=64x48,trim=end_frame=1[v]"
	for _, c := range [][3]string{
		{"sound.mp4", "sine=d=1", "no video stream"},
		{"cover.m4a", cover, "no video stream"},
		{"cover.mp3", cover, "its format is none of a video"},
	} {
		encoder := []string{"-map", "[a]", "-map", "[v]", "-c:v", "mjpeg", "-disposition:v", "attached_pic"}
		if c[1] != cover {
			encoder = nil
		}
		tool, path := draw(t, c[0], c[1], encoder...)
		refused(t, tool, path, spec.DefaultVideo(), c[2])
	}
}

// refused has a video fail, and leave nothing.
func refused(t *testing.T, tool Tool, path string, c spec.VideoTable, want string) {
	t.Helper()
	dir := t.TempDir()
	r := tool.Extract(t.Context(), Video{Path: path, Dir: filepath.Join(dir, "out")}, c)
	if r.Err == nil || !strings.Contains(hint.Text(r.Err), want) ||
		strings.Contains(r.Err.Error(), "file:") {
		t.Errorf("%s: %d frames, %v; want %q", filepath.Base(path), len(r.Frames), r.Err, want)
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("%s: left %q", path, names)
	}
}

// TestShapes: pictures are turned upright, and their pixels are square.
func TestShapes(t *testing.T) {
	long(t)
	const halves = "color=white:s=64x48:r=10:d=1,drawbox=w=32:color=gray:t=fill"
	for _, c := range []struct {
		name, graph   string
		width, height int
		dark, bright  [2]int
	}{
		{"wide.mp4", halves + ",setsar=2/1", 128, 48, [2]int{40, 24}, [2]int{88, 24}},
		{"tall.mp4", halves + ",setsar=1/2", 32, 48, [2]int{8, 24}, [2]int{24, 24}},
		{"turned.mp4", halves, 48, 64, [2]int{24, 12}, [2]int{24, 52}},
	} {
		tool, path := draw(t, c.name, c.graph, "-c:v", "mpeg4", "-q:v", "2")
		if c.name == "turned.mp4" {
			path = turn(t, tool, path)
		}
		dir, frames := extract(t, tool, path, every(func(c *spec.VideoTable) { c.KeepBlack = true }))
		img := picture(t, dir, frames[0])
		if size := img.Bounds().Size(); size.X != c.width || size.Y != c.height ||
			light(img, c.dark[0], c.dark[1]) > 150 || light(img, c.bright[0], c.bright[1]) < 230 {
			t.Errorf("%s: %v, %d and %d", c.name, size, light(img, c.dark[0], c.dark[1]),
				light(img, c.bright[0], c.bright[1]))
		}
	}
}

// turn says in the file that the camera was held upright: left is up.
func turn(t *testing.T, tool Tool, path string) string {
	t.Helper()
	to := path + ".turned.mp4"
	// ffmpeg 5 takes the tag, later ones the option.
	for _, args := range [][]string{{"-i", path, "-c", "copy", "-metadata:s:v", "rotate=270"},
		{"-display_rotation", "270", "-i", path, "-c", "copy"}} {
		_ = exec.Command(tool.ffmpeg, append(append([]string{"-v", "error", "-y"}, args...), to)...).Run()
		if s, err := tool.probe(t.Context(), to); err == nil && s.height > s.width {
			return to
		}
	}
	t.Fatal("ffmpeg does not write a rotation")
	return ""
}

// TestFieldsAreTakenApart: a moving edge of interlaced video is no comb.
func TestFieldsAreTakenApart(t *testing.T) {
	t.Parallel()
	const moving = "color=gray:s=64x48:r=50:d=1,geq=lum='if(between(mod(X-N*2,64),0,24),220,60)':cb=128:cr=128," +
		"interlace=scan=tff:lowpass=off"
	tool, path := draw(t, "fields.mkv", moving, "-c:v", "mpeg2video", "-q:v", "1", "-flags", "+ildct+ilme")
	dir, frames := extract(t, tool, path, every(func(c *spec.VideoTable) { c.Method, c.Count = "uniform", 8 }))
	for _, frame := range frames[1:7] {
		img, comb := picture(t, dir, frame), 0
		for x := range 64 {
			for y := 4; y < 40; y++ {
				comb += max(light(img, x, y)-light(img, x, y+1), light(img, x, y+1)-light(img, x, y))
			}
		}
		if comb /= 64 * 36; comb > 2 {
			t.Errorf("%s: rows differ by %d", frame, comb)
		}
	}
	tool.ffmpeg = without(t, tool, "-e bwdif -e yadif")
	v := Video{Path: path, Dir: filepath.Join(t.TempDir(), "combs")}
	r := tool.Extract(t.Context(), v, every(func(*spec.VideoTable) {}))
	if r.Err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "moving edges are combs") {
		t.Errorf("without a filter for fields: %q, %v", r.Warnings, r.Err)
	}
}

// TestHDR: a grey of 100 nits is bright in the range of other videos; its code alone would be a middle grey.
func TestHDR(t *testing.T) {
	long(t)
	for transfer, code := range map[string]int{"smpte2084": 509, "arib-std-b67": 640} {
		tool, path := draw(t, "hdr.mkv", fmt.Sprintf("color=gray:s=64x48:r=10:d=1,format=yuv420p10le,"+
			"geq=lum=%d:cb=512:cr=512", code), "-c:v", "ffv1", "-color_range", "tv", "-color_trc", transfer,
			"-color_primaries", "bt2020", "-colorspace", "bt2020nc")
		c := every(func(c *spec.VideoTable) { c.KeepBlack = true })
		dir, frames := extract(t, tool, path, c)
		toned := light(picture(t, dir, frames[0]), 30, 20)
		tool.ffmpeg = without(t, tool, "zscale")
		v := Video{Path: path, Dir: filepath.Join(t.TempDir(), "plain")}
		r := tool.Extract(t.Context(), v, c)
		if r.Err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "HDR ("+transfer) {
			t.Fatalf("%s without zscale: %q, %v", transfer, r.Warnings, r.Err)
		}
		plain := light(picture(t, v.Dir, r.Frames[0]), 30, 20)
		t.Logf("%s: %d with tone mapping, %d without", transfer, toned, plain)
		if toned < 190 || toned > 235 || plain > 175 {
			t.Errorf("%s: %d with tone mapping, %d without", transfer, toned, plain)
		}
		if again := tool.Extract(t.Context(), v, c); !again.kept || len(again.Warnings) != 1 {
			t.Errorf("again: kept %v, %q", again.kept, again.Warnings)
		}
	}
}

// without returns an ffmpeg that does not know of a filter, or of those that options of grep name.
func without(t *testing.T, tool Tool, filter string) string {
	t.Helper()
	return script(t, "ffmpeg", fmt.Sprintf(`case "$*" in *-filters*) %s "$@" | grep -v %s;; *) exec %s "$@";; esac`,
		tool.ffmpeg, filter, tool.ffmpeg))
}

func script(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPixelsInsideBars: what is inside the bars is all the picture's and nearly all of the picture. It has a red edge.
func TestPixelsInsideBars(t *testing.T) {
	t.Parallel()
	const edge = 8
	tool, path := draw(t, "bars.mp4", "testsrc2=s=160x90:r=10:d=1,drawbox=color=red:t=8,pad=200:130:20:20",
		"-c:v", "mpeg4", "-q:v", "2")
	c := spec.DefaultVideo()
	dir, frames := extract(t, tool, path, c)
	img := picture(t, dir, frames[0])
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w > 160 || h > 90 || w < 160-2*edge+4 || h < 90-2*edge+4 {
		t.Errorf("the picture of 160 x 90 has %d x %d", w, h)
	}
	for _, at := range [][2]int{{0, h / 2}, {w - 1, h / 2}, {w / 2, 0}, {w / 2, h - 1}, {0, 0}, {w - 1, h - 1}} {
		if r, g, _, _ := img.At(at[0], at[1]).RGBA(); r>>8 < 180 || g>>8 > 90 {
			t.Errorf("pixel %v of %d x %d is no red edge: %d, %d", at, w, h, r>>8, g>>8)
		}
	}
}

// TestWhatIsLeftOut: of a film that begins and ends in black, fades in and shows one picture twice, two frames are
// taken at full light.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	const graph = "color=black:s=64x48:r=20:d=0.5[a];" +
		"color=gray:s=64x48:r=20:d=1,drawbox=w=20:color=white:t=fill,fade=in:0:10[b];" +
		"color=gray:s=64x48:r=20:d=1,drawbox=y=20:x=30:color=white:t=fill[c];" +
		"color=gray:s=64x48:r=20:d=1,drawbox=w=20:color=white:t=fill[d];" +
		"color=black:s=64x48:r=20:d=0.5[e];[a][b][c][d][e]concat=n=5"
	tool, path := draw(t, "film.mkv", graph, "-c:v", "ffv1")
	dir, frames := extract(t, tool, path, every(func(c *spec.VideoTable) {
		c.Method, c.Rate, c.Duplicates = "fps", 10, 6
	}))
	why := map[string]int{}
	for _, row := range scenesOf(t, dir) {
		why[row[5]]++
	}
	if len(frames) != 2 || why["near-duplicate"] == 0 || why["black or white"] == 0 || why["fade"] == 0 {
		t.Errorf("%d frames, left out %v", len(frames), why)
	}
	for _, frame := range frames {
		if level := light(picture(t, dir, frame), 25, 10); level < 120 {
			t.Errorf("%s is at %d of 128", frame, level)
		}
	}
}

// TestNothingLeft: more is skipped than there is, or all is black.
func TestNothingLeft(t *testing.T) {
	long(t)
	tool, path := draw(t, "short.mp4", "testsrc2=s=64x48:r=10:d=1", "-c:v", "mpeg4")
	c := spec.DefaultVideo()
	c.SkipStart, c.SkipEnd = 5, 5
	refused(t, tool, path, c, "no frame is left of 10; scenes: 1 skipped")
	tool, path = draw(t, "black.mp4", "color=black:s=64x48:r=10:d=1", "-c:v", "mpeg4")
	refused(t, tool, path, spec.DefaultVideo(), "1 black or white\nhint: keep_black takes")
}

// TestNames: no name of a file is an option, a pattern or a protocol. The video has one frame.
func TestNames(t *testing.T) {
	long(t)
	tool, path := draw(t, "one.mp4", "testsrc2=s=64x48:r=10,trim=end_frame=1", "-c:v", "mpeg4")
	out := t.TempDir()
	var videos []Video
	for i, name := range []string{"-i.mp4", "%03d.mp4", "a 'b' \"c\".mp4", "new\nline.mp4", "é日本.mp4",
		"concat:a|b.mp4", "[x]*?.mp4"} {
		video := filepath.Join(filepath.Dir(path), name)
		if err := os.Link(path, video); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(out, fmt.Sprint(i), strings.TrimSuffix(name, ".mp4"))
		videos = append(videos, Video{Path: video, Dir: dir})
	}
	for i, r := range tool.All(t.Context(), Batch{Videos: videos, Options: spec.DefaultVideo()}) {
		if r.Err != nil || len(r.Frames) != 1 || r.Frames[0] != "000000.000000s.jpg" {
			t.Errorf("%q: %q, %v", videos[i].Path, r.Frames, r.Err)
		}
	}
}
