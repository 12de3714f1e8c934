package video

import (
	"math"
	"slices"
	"testing"
	"time"

	"montage/core/spec"
)

// seen makes a film of frames a tenth of a second apart. A letter is a scene of its own
// picture, "." a black frame, ":" one that fades towards it.
func seen(film string) (looks []look) {
	hashes := map[byte]uint64{'a': 0, 'b': 0xffff, 'c': 0xffff0000, 'd': 0xffff00000000}
	for i := range len(film) {
		l := look{at: time.Duration(i) * 100 * time.Millisecond, mean: 100, hash: hashes[film[i]]}
		switch {
		case film[i] == '.':
			l.mean, l.blank = 0, true
		case i > 0 && film[i] != film[i-1]:
			l.score = 0.5
		}
		looks = append(looks, l)
	}
	return looks
}

// change is what a case has other than the defaults.
type change func(*spec.VideoTable)

// taken returns the positions of the frames that are chosen.
func taken(film string, with change) (frames []int) {
	c := spec.DefaultVideo()
	c.MinFrames, c.MinScene = 1, 0.3
	with(&c)
	for _, s := range choose(seen(film), nil, c) {
		if s.frame >= 0 {
			frames = append(frames, s.frame)
		}
	}
	return frames
}

// skip leaves seconds out at both ends.
func skip(at float64) change {
	return func(c *spec.VideoTable) { c.SkipStart, c.SkipEnd = at, at }
}

func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		film   string
		change change
		want   []int
	}{
		"the middle of each scene": {"aaaaabbbbbccccc", func(*spec.VideoTable) {}, []int{2, 7, 12}},
		"the start of each scene":  {"aaaaabbbbb", func(c *spec.VideoTable) { c.Position = 0 }, []int{0, 5}},
		"a short scene joins":      {"aaaaabcccccccc", func(*spec.VideoTable) {}, []int{2, 9}},
		"black is left out":        {"aaaaa.....ccccc", func(*spec.VideoTable) {}, []int{2, 12}},
		"black is taken": {"aaaaa.....ccccc", func(c *spec.VideoTable) { c.KeepBlack, c.Duplicates = true, -1 },
			[]int{4, 12}},
		"a picture that comes again": {"aaaaabbbbbaaaaa", func(*spec.VideoTable) {}, []int{2, 7}},
		"it again, where it is kept": {"aaaaabbbbbaaaaa", func(c *spec.VideoTable) { c.Duplicates = -1 },
			[]int{2, 7, 12}},
		"the start and end are skipped": {"aaaaabbbbbccccc", skip(0.5), []int{7}},
		"at most one":                   {"aaaaabbbbbccccc", func(c *spec.VideoTable) { c.MaxFrames = 1 }, []int{7}},
		"at least three":                {"aaaaabbbbb", func(c *spec.VideoTable) { c.MinFrames = 3 }, []int{2, 4, 7}},
		"evenly": {"aaaaabbbbbccccc", func(c *spec.VideoTable) { c.Method, c.Count, c.Duplicates = "uniform", 5, -1 },
			[]int{1, 4, 7, 10, 13}},
		"two a second": {"aaaaabbbbbccccc", func(c *spec.VideoTable) { c.Method, c.Rate = "fps", 2 }, []int{2, 7, 12}},
	} {
		if got := taken(c.film, c.change); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestEveryFrame: a rate like that of the video takes each frame, although time stamps are rounded.
func TestEveryFrame(t *testing.T) {
	for _, rate := range []float64{24, 25, 29.97, 30, 60} {
		var looks []look
		for i := range 300 {
			at := time.Duration(math.Round(float64(i)/rate*1e6)) * time.Microsecond
			looks = append(looks, look{at: at, mean: 100})
		}
		c := spec.DefaultVideo()
		c.Method, c.Rate = "fps", rate
		if got := len(spans(looks, c)); got != 300 {
			t.Errorf("%g a second: %d scenes of 300 frames", rate, got)
		}
		if c.Rate = rate / 3; len(spans(looks, c)) != 100 {
			t.Errorf("a third of %g a second: %d scenes of 300 frames", rate, len(spans(looks, c)))
		}
	}
}

// TestFades: frames on the way to or from black are left out.
func TestFades(t *testing.T) {
	looks := seen("aaaaaaaaaa....")
	for i, mean := range map[int]float32{6: 80, 7: 60, 8: 40, 9: 20} {
		looks[i].mean = mean
	}
	why := reasons(looks, spec.DefaultVideo())
	want := []string{"", "", "", "", "", "", "fade", "fade", "fade", "fade"}
	if !slices.Equal(why[:10], want) || why[10] != "black or white" {
		t.Errorf("got %q", why)
	}
}

// TestBars: rows that stay dark over all frames are bars.
func TestBars(t *testing.T) {
	e := newEdges(16, 10)
	frame := make([]byte, 160)
	for i := 32; i < 128; i++ {
		frame[i] = 200
	}
	for range evidence {
		e.add(frame)
	}
	if b := e.bars(); b.top != 0.3 || b.bottom != 0.3 || b.left != 0 || b.right != 0 { // two rows, and one half dark
		t.Errorf("bars %+v", b)
	}
}
