package video

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"montage/core/hint"
)

// marker is the file by which a folder is known to be ours and complete; tableName lists the scenes.
const (
	marker    = ".keyframes.json"
	tableName = "keyframes.csv"
	format    = "montage key frames 1"
)

// done is the content of the marker.
type done struct {
	Format   string    `json:"format"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Config   Config    `json:"options"`
	Frames   []string  `json:"frames"`
}

// Extract makes the folder dir of a video's key frames, or returns what is there where it was made of the same video
// with the same options. The folder appears when it is complete.
func (t Tool) Extract(ctx context.Context, path, dir string, c Config) (frames []string, kept bool, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if !info.Mode().IsRegular() {
		return nil, false, errors.New("it is not a regular file")
	}
	want := done{Format: format, Size: info.Size(), Modified: info.ModTime().UTC(), Config: c}
	want.Config.Timeout = 0
	if _, err := os.Lstat(dir); err == nil {
		had, ours := read(dir)
		if !ours {
			return nil, false, hint.With(fmt.Errorf("%s exists and does not hold key frames of ours", dir),
				"name another folder with --out, or remove it")
		}
		if had.same(want) {
			return had.Frames, true, nil
		}
	}
	if c.Timeout > 0 {
		var stop func()
		ctx, stop = context.WithTimeoutCause(ctx, time.Duration(c.Timeout*float64(time.Second)),
			fmt.Errorf("it took more than %g seconds", c.Timeout))
		defer stop()
	}
	err = t.make(ctx, path, dir, &want)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return want.Frames, false, err
}

// same reports whether two folders are of one video and the same options.
func (d done) same(other done) bool {
	return d.Size == other.Size && d.Modified.Equal(other.Modified) && d.Config == other.Config
}

func read(dir string) (d done, ours bool) {
	raw, err := os.ReadFile(filepath.Join(dir, marker))
	return d, err == nil && json.Unmarshal(raw, &d) == nil && d.Format == format
}

// make writes into a hidden folder beside dir and renames it.
func (t Tool) make(ctx context.Context, path, dir string, d *done) error {
	s, err := t.probe(ctx, path)
	if err != nil {
		return err
	}
	looks, cut, err := t.survey(ctx, path, s, d.Config)
	if err != nil {
		return err
	}
	if d.Config.KeepBars {
		cut = bars{}
	}
	scenes := choose(looks, d.Config)
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, ".keyframes-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	made := filepath.Join(work, "frames")
	if err := os.Mkdir(made, 0o777); err != nil { // with the umask, which MkdirTemp has not
		return err
	}
	s.width, s.height = s.width*(1-cut.left-cut.right), s.height*(1-cut.top-cut.bottom)
	if d.Frames, err = t.write(ctx, path, made, shot{s, cut, looks, scenes, d.Config}); err != nil {
		return err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, tableName), table(looks, scenes), 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, marker), text, 0o666); err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(work, "old")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err = os.Rename(made, dir)
	if had, ours := read(dir); err != nil && ours && had.same(*d) {
		return nil // another process was first
	}
	return err
}

// shot is what to write of a video.
type shot struct {
	stream
	bars
	looks  []look
	scenes []scene
	Config
}

// write decodes the video again and writes the chosen frames.
func (t Tool) write(ctx context.Context, path, dir string, s shot) (names []string, err error) {
	var terms []string
	for _, c := range s.scenes {
		if c.frame >= 0 {
			at := s.looks[c.frame].at
			terms = append(terms, fmt.Sprintf("eq(pts,%d)", at.Microseconds()))
			names = append(names, name(at))
		}
	}
	if len(terms) == 0 {
		return nil, hint.With(errors.New("no frame is left: all are black, white, fades or skipped"),
			"--keep-black takes them")
	}
	w, h := s.fit(s.Size, 1)
	filter := fmt.Sprintf("settb=1/1000000,select='%s',%s,scale=%d:%d:flags=bicubic+accurate_rnd,setsar=1",
		strings.Join(terms, "+"), s.filter(), w, h)
	args := append(t.input(path, s.Config), "-frames:v", fmt.Sprint(len(terms)))
	n := 0
	err = process{program: t.ffmpeg, args: append(args, t.output(filter, "rgba")...), stdout: func(r io.Reader) error {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for in := bufio.NewReader(r); n < len(names); n++ {
			if _, err := io.ReadFull(in, img.Pix); err != nil {
				return nil // too few: the exit status or the count says so
			}
			var file bytes.Buffer
			if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: s.Quality}); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, names[n]), file.Bytes(), 0o666); err != nil {
				return err
			}
		}
		return nil
	}}.run(ctx)
	if err == nil && n != len(names) {
		err = fmt.Errorf("ffmpeg sent %d of %d frames", n, len(names))
	}
	return names, err
}

func name(at time.Duration) string { return fmt.Sprintf("%09dms.jpg", at.Milliseconds()) }

// table lists the scenes, in seconds, with the frames taken.
func table(looks []look, scenes []scene) []byte {
	var b bytes.Buffer
	b.WriteString("start,end,frame,time,file,left_out\n")
	for _, s := range scenes {
		fmt.Fprintf(&b, "%.3f,%.3f,", looks[s.from].at.Seconds(), looks[min(s.to, len(looks)-1)].at.Seconds())
		if s.frame < 0 {
			fmt.Fprintf(&b, ",,,%s\n", s.why)
			continue
		}
		at := looks[s.frame].at
		fmt.Fprintf(&b, "%d,%.3f,%s,\n", s.frame, at.Seconds(), name(at))
	}
	return b.Bytes()
}
