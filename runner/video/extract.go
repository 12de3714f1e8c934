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
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
)

// marker is the file by which a folder is known to be ours and complete; tableName lists the scenes.
const (
	marker    = ".keyframes.json"
	tableName = "keyframes.csv"
	format    = "montage key frames 2"
)

// done is the content of the marker.
type done struct {
	Format   string          `json:"format"`
	Size     int64           `json:"size"`
	Modified time.Time       `json:"modified"`
	Options  json.RawMessage `json:"options"`
	Scenes   string          `json:"scenes,omitempty"` // sum of the list of scenes
	Frames   []string        `json:"frames"`
	Warnings []string        `json:"warnings,omitempty"`
}

// Result is what was made of a video.
type Result struct {
	Frames []string
	kept   bool // they were there already
	// Warnings are what ffmpeg could not do for the frames.
	Warnings []string
	Err      error
}

// Extract makes the folder of a video's key frames, or returns what is there where it was made of the same video with
// the same options. The folder appears when it is complete.
func (t Tool) Extract(ctx context.Context, v Video, c spec.VideoTable) Result {
	if c.Timeout > 0 {
		var stop func()
		ctx, stop = context.WithTimeoutCause(ctx, time.Duration(c.Timeout*float64(time.Second)),
			hint.With(fmt.Errorf("it took more than %g seconds", c.Timeout),
				"--timeout, or [data.video] timeout, allows more"))
		defer stop()
	}
	r, err := t.extract(ctx, v, c)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	r.Err = err
	return r
}

func (t Tool) extract(ctx context.Context, v Video, c spec.VideoTable) (r Result, err error) {
	if v.Path, err = filepath.Abs(v.Path); err != nil {
		return r, err
	}
	info, err := os.Stat(v.Path)
	if err != nil {
		return r, err
	}
	if !info.Mode().IsRegular() {
		return r, errors.New("it is not a regular file")
	}
	want := done{Format: format, Size: info.Size(), Modified: info.ModTime().UTC()}
	var list sceneList
	if c.Scenes != "" {
		if list, err = v.list(c); err != nil {
			return r, err
		}
		want.Scenes = list.sum
	}
	if want.Options, err = fingerprint(c); err != nil {
		return r, err
	}
	if _, err := os.Lstat(v.Dir); err == nil {
		had, ours := read(v.Dir)
		if !ours {
			return r, hint.With(fmt.Errorf("%s exists and does not hold key frames of ours", v.Dir),
				"name another folder with --out, or remove it")
		}
		if had.same(want) && had.complete(v.Dir) {
			return Result{Frames: had.Frames, kept: true, Warnings: had.Warnings}, nil
		}
	}
	err = t.make(ctx, v, shot{list: list, VideoTable: c}, &want)
	return Result{Frames: want.Frames, Warnings: want.Warnings}, err
}

// fingerprint writes the options that the frames follow from.
func fingerprint(c spec.VideoTable) ([]byte, error) {
	values := core.ValuesOf(c)
	delete(values, "timeout")
	return json.Marshal(values)
}

// same reports whether two folders are of one video and the same options.
func (d done) same(other done) bool {
	return d.Format == other.Format && d.Size == other.Size && d.Modified.Equal(other.Modified) &&
		bytes.Equal(d.Options, other.Options) && d.Scenes == other.Scenes
}

// complete reports whether all frames are still in a folder, from which others may clear them one by one.
func (d done) complete(dir string) bool {
	entries, err := os.ReadDir(dir)
	there := map[string]bool{}
	for _, entry := range entries {
		there[entry.Name()] = true
	}
	return err == nil && !slices.ContainsFunc(d.Frames, func(frame string) bool { return !there[frame] })
}

func read(dir string) (d done, ours bool) {
	raw, err := os.ReadFile(filepath.Join(dir, marker))
	return d, err == nil && json.Unmarshal(raw, &d) == nil && strings.HasPrefix(d.Format, "montage key frames ")
}

// make writes into a hidden folder beside the video's and renames it.
func (t Tool) make(ctx context.Context, v Video, s shot, d *done) (err error) {
	if s.stream, err = t.probe(ctx, v.Path); err != nil {
		return err
	}
	if s.looks, s.bars, err = t.survey(ctx, v.Path, s.stream, s.VideoTable); err != nil {
		return err
	}
	if s.KeepBars {
		s.bars = bars{}
	}
	given, err := s.list.spans(len(s.looks))
	if err != nil {
		return err
	}
	s.scenes = choose(s.looks, given, s.VideoTable)
	s.width, s.height = s.width*(1-s.left-s.right), s.height*(1-s.top-s.bottom)
	if s.fields, s.light, d.Warnings, err = t.repair(ctx, s.stream); err != nil {
		return err
	}
	d.Warnings = append(d.Warnings, s.list.early(len(s.looks))...)
	parent := filepath.Dir(v.Dir)
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
	if d.Frames, err = t.write(ctx, v.Path, made, s); err != nil {
		return err
	}
	return d.finish(made, v.Dir, table(s.looks, s.scenes))
}

// finish completes the folder that was made and puts it in the place of dir.
func (d *done) finish(made, dir string, table []byte) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, tableName), table, 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, marker), text, 0o666); err != nil {
		return err
	}
	old := filepath.Join(filepath.Dir(made), "old")
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, os.ErrNotExist) {
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
	list          sceneList // empty for scenes found here
	looks         []look
	scenes        []scene
	fields, light string // filters for interlaced video and for HDR
	spec.VideoTable
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
		return nil, s.nothing()
	}
	w, h := s.fit(s.Size, 1)
	filter := fmt.Sprintf("%ssettb=1/1000000,select='%s',%s,%sscale=%d:%d:flags=bicubic+accurate_rnd,setsar=1",
		s.fields, sum(terms), s.filter(), s.light, w, h)
	args := append(t.input(path, s.VideoTable), "-frames:v", fmt.Sprint(len(terms)))
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

// sum adds terms. ffmpeg refuses a long sum, whose terms are nested one in the other, and takes a balanced one.
func sum(terms []string) string {
	if len(terms) == 1 {
		return terms[0]
	}
	half := len(terms) / 2
	return "(" + sum(terms[:half]) + "+" + sum(terms[half:]) + ")"
}

// nothing says why no frame is taken.
func (s shot) nothing() error {
	count := map[string]int{}
	for _, c := range s.scenes {
		count[c.why]++
	}
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(count)) {
		why = append(why, fmt.Sprintf("%d %s", count[reason], reason))
	}
	return hint.With(fmt.Errorf("no frame is left of %d; scenes: %s", len(s.looks), strings.Join(why, ", ")),
		"keep_black takes black frames and fades; skip_start and skip_end leave seconds out")
}

// name gives a frame's time in seconds, to the microsecond.
func name(at time.Duration) string {
	return fmt.Sprintf("%06d.%06ds.jpg", at/time.Second, at%time.Second/time.Microsecond)
}

// table lists the scenes, in seconds, with the frames taken.
func table(looks []look, scenes []scene) []byte {
	var b bytes.Buffer
	b.WriteString("start,end,frame,time,file,left_out\n")
	for _, s := range scenes {
		fmt.Fprintf(&b, "%.6f,%.6f,", looks[s.from].at.Seconds(), looks[min(s.to, len(looks)-1)].at.Seconds())
		if s.frame < 0 {
			fmt.Fprintf(&b, ",,,%s\n", s.why)
			continue
		}
		at := looks[s.frame].at
		fmt.Fprintf(&b, "%d,%.6f,%s,\n", s.frame, at.Seconds(), name(at))
	}
	return b.Bytes()
}
