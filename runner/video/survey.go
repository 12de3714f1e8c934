package video

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"montage/core/hint"
	"montage/core/spec"
)

const (
	surveySize = 160
	// mostFrames bounds what a hostile video can make us keep: 23 hours of 25 frames a second.
	mostFrames = 2_000_000
)

// look is what the survey keeps of a frame.
type look struct {
	at    time.Duration // since the start, -1 for none
	mean  float32       // brightness from 0 to 255
	score float32       // change since the frame before, from 0 to 1
	blank bool          // black or white
	hash  uint64
}

func (t Tool) input(path string, c spec.VideoTable) []string {
	args := []string{"-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", "-threads",
		strconv.Itoa(t.threads)}
	args = append(args, guard...)
	if c.Method == "iframe" {
		args = append(args, "-skip_frame", "nokey")
	}
	return append(args, "-i", "file:"+path, "-map", "0:V:0")
}

func (t Tool) output(filter, pixels string) []string {
	return append(append([]string{"-vf", filter}, t.passthrough...), "-pix_fmt", pixels, "-f", "rawvideo", "pipe:1")
}

// survey decodes all frames, small and grey, inside the bars.
func (t Tool) survey(ctx context.Context, path string, s stream, c spec.VideoTable) ([]look, bars, error) {
	w, h := s.fit(surveySize, 16)
	filter := fmt.Sprintf("settb=1/1000000,scale=%d:%d:flags=area:out_range=full,format=gray,showinfo", w, h)
	var looks []look
	var times []time.Duration
	early := false
	edge := newEdges(w, h)
	err := process{program: t.ffmpeg, args: append(t.input(path, c), t.output(filter, "gray")...),
		line: func(line string) {
			if at, ok := shown(line); ok {
				times = append(times, at)
			}
			early = early || prematurely(line)
		},
		stdout: func(r io.Reader) (err error) {
			looks, err = measureAll(r, w, h, edge)
			return err
		}}.run(ctx)
	if err == nil && (len(looks) == 0 || len(looks) != len(times)) {
		err = fmt.Errorf("ffmpeg decoded %d frames and named %d", len(looks), len(times))
	}
	if err != nil {
		return nil, bars{}, err
	}
	for i := range looks {
		looks[i].at = times[i]
	}
	if lost := s.truncated(looks, early, c.Method != "iframe"); lost != "" && !c.KeepTruncated {
		return nil, bars{}, hint.With(errors.New("the video is truncated: "+lost),
			"get it again, or take what is there: --keep-truncated, or [data.video] keep_truncated = true")
	}
	return looks, edge.bars(), nil
}

// measureAll measures frames until they end, and lets the edges see those that are not blank.
func measureAll(r io.Reader, w, h int, edge *edges) (looks []look, err error) {
	m := meter{now: make([]byte, w*h), last: make([]byte, w*h), width: w, height: h}
	for in := bufio.NewReaderSize(r, 1<<20); ; {
		if _, err := io.ReadFull(in, m.now); err != nil {
			return looks, nil // the end, or a part of a frame: the exit status says why
		}
		if len(looks) == mostFrames {
			return looks, fmt.Errorf("more than %d frames", mostFrames)
		}
		l := m.measure(len(looks) == 0)
		if !l.blank {
			edge.add(m.last)
		}
		looks = append(looks, l)
	}
}

// shown reads a line of ffmpeg's filter showinfo.
func shown(line string) (time.Duration, bool) {
	if !strings.Contains(line, "showinfo") || !strings.Contains(line, "] n:") {
		return 0, false
	}
	_, rest, ok := strings.Cut(line, " pts:")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	micro, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return -1, true
	}
	return time.Duration(micro) * time.Microsecond, true
}

// meter measures one frame after the other.
type meter struct {
	now, last     []byte
	width, height int
	change        float32
}

func (m *meter) measure(first bool) look {
	sum, dark, bright, change := 0, 0, 0, 0
	for i, v := range m.now {
		sum += int(v)
		if v < 24 {
			dark++
		} else if v > 235 {
			bright++
		}
		if d := int(v) - int(m.last[i]); d < 0 {
			change -= d
		} else {
			change += d
		}
	}
	n := len(m.now)
	l := look{mean: float32(sum) / float32(n), blank: max(dark, bright)*100 >= 98*n,
		hash: hash(m.now, m.width, m.height)}
	if now := float32(change) / float32(n); !first { // as ffmpeg has it: a flash is one cut, not two
		l.score = min(now, max(now-m.change, m.change-now), 100) / 100
		m.change = now
	}
	m.now, m.last = m.last, m.now
	return l
}

// hash is the difference hash: whether each of 8 by 8 cells is brighter than its right neighbour.
func hash(pix []byte, w, h int) (bits uint64) {
	for y := range 8 {
		last := 0
		for x := range 9 {
			sum, n := 0, 0
			for j := y * h / 8; j < (y+1)*h/8; j++ {
				for i := x * w / 9; i < (x+1)*w/9; i++ {
					sum += int(pix[j*w+i])
					n++
				}
			}
			mean := sum / n
			if x > 0 && last > mean {
				bits |= 1 << (8*y + x - 1)
			}
			last = mean
		}
	}
	return bits
}
