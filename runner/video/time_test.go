package video

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/core/spec"
)

// grey draws frames whose brightness is their number. They have so many a second.
func grey(rate, frames int) string {
	return fmt.Sprintf("color=s=64x48:r=%d,trim=end_frame=%d,geq=lum='%d+%d*N':cb=128:cr=128", rate, frames, darkest,
		step)
}

const darkest, step = 40, 4

// number returns the number of a frame that grey drew, of which ffmpeg made light from 0 to 255.
func number(t *testing.T, path ...string) int {
	t.Helper()
	level := float64(light(picture(t, path...), 20, 20))*219/255 + 16
	return int(math.Round((level - darkest) / step))
}

var numbered = []struct {
	name, graph string
	encoder     []string
	at          func(n int) time.Duration
}{
	{"varying.mkv", grey(25, 40) + ",settb=1/1000,setpts=N*40+N*N",
		[]string{"-c:v", "ffv1", "-enc_time_base", "1/1000"},
		func(n int) time.Duration { return time.Duration(n*40+n*n) * time.Millisecond }},
	{"between.mp4", grey(24, 40), []string{"-c:v", "libx264", "-bf", "3", "-preset", "ultrafast", "-qp", "4"},
		func(n int) time.Duration { return time.Duration(n) * time.Second / 24 }},
	{"later.ts", grey(25, 40), []string{"-c:v", "mpeg2video", "-q:v", "1", "-pix_fmt", "yuv420p"},
		func(n int) time.Duration { return time.Duration(n) * time.Second / 25 }},
	{"fast.mp4", grey(4000, 40), []string{"-c:v", "mpeg4", "-q:v", "1", "-video_track_timescale", "4000"},
		func(n int) time.Duration { return time.Duration(n) * time.Second / 4000 }},
}

// TestTimesAreThoseOfTheFrames: names and the CSV of scenes say when the frame that is in the file is shown, where
// rates vary, frames are stored out of order, the first time stamp is not 0, or frames are within a millisecond.
func TestTimesAreThoseOfTheFrames(t *testing.T) {
	t.Parallel()
	for _, c := range numbered {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tool, path := draw(t, c.name, c.graph, c.encoder...)
			dir, frames := extract(t, tool, path, every(func(c *spec.VideoTable) { c.Method, c.Count = "uniform", 40 }))
			if len(frames) != 40 {
				t.Fatalf("%d frames", len(frames))
			}
			for n, row := range scenesOf(t, dir) {
				at := c.at(n).Round(time.Microsecond)
				stamp := fmt.Sprintf("%.6f", at.Seconds())
				if seen := number(t, dir, frames[n]); seen != n || frames[n] != name(at) || row[2] != fmt.Sprint(n) ||
					row[3] != stamp || row[4] != frames[n] {
					t.Errorf("frame %d holds %d, is %s, and in the table %q", n, seen, frames[n], row)
				}
			}
		})
	}
}

// TestListedScenes: the frame numbers of both lists are those of the decoded frames, though the rate varies.
func TestListedScenes(t *testing.T) {
	long(t)
	film := numbered[0]
	tool, path := draw(t, film.name, film.graph, film.encoder...)
	for name, text := range map[string]string{
		"varying.mkv.scenes.txt": "0 9\n10 29\n30 39\n",
		"varying-Scenes.csv": "Timecode List:,00:00:00.400,00:00:01.200\n" +
			"Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,Length (frames)\n" +
			"1,1,00:00:00.000,0.000,10,10\n2,11,00:00:00.400,0.400,30,20\n3,31,00:00:01.200,1.200,40,10\n",
		"early.csv": "Scene Number, Start Frame, End Frame, Length (frames)\r\n" +
			"1,0,10,10\r\n2,10,30,20\r\n3,30,40,10\r\n",
	} {
		list := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(list, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		c := every(func(c *spec.VideoTable) { c.Scenes = list })
		if name != "early.csv" { // found by its name in the folder
			c.Scenes = filepath.Dir(list)
		}
		dir, frames := extract(t, tool, path, c)
		rows := scenesOf(t, dir)
		for i, span := range [][2]int{{0, 10}, {10, 30}, {30, 39}} {
			got, want := strings.Join(rows[i][:2], ","),
				fmt.Sprintf("%.6f,%.6f", film.at(span[0]).Seconds(), film.at(span[1]).Seconds())
			if seen := number(t, dir, frames[i]); got != want || seen < span[0] || seen >= span[1] {
				t.Errorf("%s: scene %d from, to %s, want %s; frame %d", name, i, got, want, seen)
			}
		}
	}
}

// TestAChangedListIsSeen: frames are made again when the list has changed, and frames outside of its scenes are not
// taken.
func TestAChangedListIsSeen(t *testing.T) {
	t.Parallel()
	film := numbered[0]
	tool, path := draw(t, film.name, film.graph, film.encoder...)
	list := filepath.Join(t.TempDir(), "film.txt")
	v := Video{ID: "film", Path: path, Dir: filepath.Join(t.TempDir(), "out")}
	c := every(func(c *spec.VideoTable) { c.Scenes, c.MinFrames = filepath.Join(filepath.Dir(list), "{id}.txt"), 3 })
	for i, text := range []string{"0 5\n", "20 25", "20 25"} {
		if err := os.WriteFile(list, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r := tool.Extract(t.Context(), v, c)
		if r.Err != nil || r.kept != (i == 2) || len(r.Frames) != 3 {
			t.Fatalf("%q: %d frames, kept %v, %v", text, len(r.Frames), r.kept, r.Err)
		}
		for _, frame := range r.Frames {
			if n := number(t, v.Dir, frame); n/20 != min(i, 1) || n%20 > 5 {
				t.Errorf("%q: frame %d is taken", text, n)
			}
		}
	}
}
