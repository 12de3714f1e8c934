package video

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// stream is what ffprobe says of the pictures: their size as shown, turned upright and with square pixels.
type stream struct{ width, height float64 }

func (t Tool) probe(ctx context.Context, path string) (stream, error) {
	var said struct {
		Streams []struct {
			Width, Height int
			SAR           string `json:"sample_aspect_ratio"`
			Tags          struct{ Rotate string }
			Side          []struct{ Rotation float64 } `json:"side_data_list"`
		}
	}
	args := append([]string{"-loglevel", "level+error", "-print_format", "json", "-show_streams",
		"-select_streams", "V:0"}, guard...)
	err := process{program: t.ffprobe, args: append(args, "file:"+path),
		stdout: func(r io.Reader) error {
			raw, err := io.ReadAll(io.LimitReader(r, 1<<22))
			if err != nil || len(raw) == 0 {
				return err
			}
			return json.Unmarshal(raw, &said)
		}}.run(ctx)
	if err != nil {
		return stream{}, err
	}
	if len(said.Streams) == 0 || said.Streams[0].Width < 1 || said.Streams[0].Height < 1 {
		return stream{}, errors.New("the file has no pictures")
	}
	s := said.Streams[0]
	out := stream{float64(s.Width), float64(s.Height)}
	if a, b, ok := strings.Cut(s.SAR, ":"); ok {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		if x > 0 && y > 0 {
			out.width *= min(max(x/y, 0.05), 20)
		}
	}
	turn, _ := strconv.ParseFloat(s.Tags.Rotate, 64)
	for _, side := range s.Side {
		if side.Rotation != 0 {
			turn = side.Rotation
		}
	}
	if math.Abs(math.Abs(math.Remainder(turn, 180))-90) < 1 {
		out.width, out.height = out.height, out.width
	}
	return out, nil
}

// fit returns the size of a frame whose longest side has at most so many pixels.
func (s stream) fit(size, least int) (width, height int) {
	scale := min(1, float64(size)/max(s.width, s.height))
	return max(least, int(math.Round(s.width*scale))), max(least, int(math.Round(s.height*scale)))
}
