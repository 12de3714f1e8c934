package video

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"montage/core/hint"
)

// stream is what ffprobe says of the pictures.
type stream struct {
	// The size as shown, turned upright and with square pixels.
	width, height float64
	// end is where the pictures end by what the file says of itself, in seconds, and frames how many there are; 0 where
	// it does not say.
	end        float64
	frames     int
	avi        bool
	interlaced bool
	// transfer, primaries and matrix are of HDR, "" for other videos.
	transfer, primaries, matrix string
}

// described is a stream in ffprobe's words.
type described struct {
	Width, Height int
	SAR           string `json:"sample_aspect_ratio"`
	Field         string `json:"field_order"`
	Transfer      string `json:"color_transfer"`
	Primaries     string `json:"color_primaries"`
	Matrix        string `json:"color_space"`
	Start         string `json:"start_time"`
	Duration      string `json:"duration"`
	Frames        string `json:"nb_frames"`
	Tags          struct {
		Rotate   string
		Duration string `json:"DURATION"`
	}
	Side []struct{ Rotation float64 } `json:"side_data_list"`
}

// probed is a file in ffprobe's words.
type probed struct {
	Streams []described
	Format  struct {
		Name     string `json:"format_name"`
		Start    string `json:"start_time"`
		Duration string
	}
}

func (t Tool) probe(ctx context.Context, path string) (stream, error) {
	var said probed
	var refused error
	args := append([]string{"-loglevel", "level+error", "-print_format", "json", "-show_streams", "-show_format",
		"-select_streams", "V:0"}, guard...)
	err := process{program: t.ffprobe, args: append(args, "file:"+path),
		stdout: func(r io.Reader) error {
			raw, err := io.ReadAll(io.LimitReader(r, 1<<22))
			if err != nil || len(raw) == 0 {
				return err
			}
			return json.Unmarshal(raw, &said)
		},
		line: func(line string) {
			if strings.Contains(line, "Format not on whitelist") {
				refused = hint.With(errors.New("its format is none of a video"), "formats that are read: %s", formats)
			}
		}}.run(ctx)
	if err != nil && refused != nil {
		return stream{}, refused
	}
	if err != nil {
		return stream{}, err
	}
	if len(said.Streams) == 0 || said.Streams[0].Width < 1 || said.Streams[0].Height < 1 {
		return stream{}, hint.With(errors.New("the file has no video stream"),
			"a cover picture of a sound file is none")
	}
	d := said.Streams[0]
	s := stream{avi: said.Format.Name == "avi", interlaced: len(d.Field) == 2} // tt, bb, tb, bt
	s.frames, _ = strconv.Atoi(d.Frames)
	if d.Transfer == "smpte2084" || d.Transfer == "arib-std-b67" { // PQ and HLG
		s.transfer, s.primaries, s.matrix = d.Transfer, d.Primaries, d.Matrix
	}
	s.width, s.height = d.size()
	s.end = said.end()
	return s, nil
}

// size returns the size as shown.
func (d described) size() (width, height float64) {
	width, height = float64(d.Width), float64(d.Height)
	if a, b, ok := strings.Cut(d.SAR, ":"); ok {
		if x, y := seconds(a), seconds(b); x > 0 && y > 0 {
			width *= min(max(x/y, 0.05), 20)
		}
	}
	turn := seconds(d.Tags.Rotate)
	for _, side := range d.Side {
		if side.Rotation != 0 {
			turn = side.Rotation
		}
	}
	if math.Abs(math.Abs(math.Remainder(turn, 180))-90) < 1 {
		return height, width
	}
	return width, height
}

// end returns where the pictures end on ffmpeg's clock, which begins with the first stream of the file. Matroska keeps
// the end of a stream in a tag, FLV that of the file only.
func (f probed) end() float64 {
	d := f.Streams[0]
	if length := seconds(d.Duration); length > 0 {
		return seconds(d.Start) - seconds(f.Format.Start) + length
	}
	if clock := strings.Split(d.Tags.Duration, ":"); len(clock) == 3 {
		return seconds(clock[0])*3600 + seconds(clock[1])*60 + seconds(clock[2]) - seconds(f.Format.Start)
	}
	return seconds(f.Format.Duration)
}

// seconds reads a number, 0 where there is none.
func seconds(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// fit returns the size of a frame whose longest side has at most so many pixels.
func (s stream) fit(size, least int) (width, height int) {
	scale := min(1, float64(size)/max(s.width, s.height))
	return max(least, int(math.Round(s.width*scale))), max(least, int(math.Round(s.height*scale)))
}
