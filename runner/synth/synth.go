// Package synth writes synthetic trailer data sets, to try, test and measure with
// where no real trailers are at hand.
//
// Each genre has a motif: an object of its own shape, texture and colours. A trailer
// of some genres shows their objects, among grey clutter, in frames that differ in
// place, size, light and noise. The number of trailers of a genre and the number of
// frames of a trailer have long tails, as in real data.
//
// The world is upright, so that there is something to learn from turned and mirrored
// frames: the sky is bright and above, objects stand on the ground, the sun is on
// the left and shadows fall to the right, and no object is the mirror image of itself.
//
// The motifs belong to the genres, not to the seed: data sets of different seeds show
// the same world. Equal configurations give equal bytes on machines of one
// architecture, whatever the number of threads.
package synth

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"

	"montage/core/parallel"
)

// Config describes a data set.
type Config struct {
	// Dir is the folder to write: a new or empty one, or one with a synthetic data
	// set, which is replaced.
	Dir string
	// Train, Test and Unlabeled are numbers of trailers.
	Train, Test, Unlabeled int
	// Classes is the number of genres. All occur in the training set if it has as
	// many trailers.
	Classes int
	Seed    uint64
	// MinFrames and MaxFrames bound the number of frames of a trailer.
	MinFrames, MaxFrames int
	// Size bounds the longer side of frames, in pixels; the smallest have half of it.
	Size int
	// Progress, when set, is called with the number of frames written so far, by one
	// goroutine at a time.
	Progress func(done, total int)
}

// Default returns a small data set with the proportions and the 85 genres of the real one.
func Default() Config {
	return Config{Train: 430, Test: 110, Unlabeled: 490, Classes: 85, Seed: 1, MinFrames: 3, MaxFrames: 80, Size: 192}
}

func (c Config) validate() error {
	for _, option := range []struct {
		name               string
		value, least, most int
	}{
		{"train", c.Train, 0, 1_000_000},
		{"test", c.Test, 0, 1_000_000},
		{"unlabeled", c.Unlabeled, 0, 1_000_000},
		{"classes", c.Classes, 1, 1000},
		{"min frames", c.MinFrames, 1, 10_000},
		{"max frames", c.MaxFrames, c.MinFrames, 10_000},
		{"size", c.Size, 32, 2048},
	} {
		if option.value < option.least || option.value > option.most {
			return fmt.Errorf("synthetic data set: %s is %d, expected %d to %d", option.name, option.value,
				option.least, option.most)
		}
	}
	return nil
}

// Write writes the data set: Dir/train.csv, Dir/test.csv, Dir/unlabeled.csv and
// Dir/frames/<id>/0001.jpg and so on. The CSV files come last and each at once, so
// that a Dir with CSV files is complete. It returns early when ctx is done; calling
// it again starts over.
func Write(ctx context.Context, c Config) error {
	if err := c.validate(); err != nil {
		return err
	}
	if err := prepare(c); err != nil {
		return err
	}
	trailers := plan(c)
	count := parallel.Counter{Show: c.Progress}
	for _, t := range trailers {
		count.Total += t.frames
	}
	err := parallel.Each(ctx, len(trailers), func(i int) error { return writeTrailer(ctx, c, trailers[i], &count) })
	if err != nil {
		return fmt.Errorf("write synthetic data set: %w", err)
	}
	return writeTables(c, trailers)
}

func writeTrailer(ctx context.Context, c Config, t trailer, count *parallel.Counter) error {
	dir := filepath.Join(c.Dir, framesDir, t.id)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	film := newFilm(c, t)
	var file bytes.Buffer
	for frame := range t.frames {
		if err := ctx.Err(); err != nil {
			return err
		}
		file.Reset()
		if err := jpeg.Encode(&file, film.frame(frame), &jpeg.Options{Quality: film.quality}); err != nil {
			return err
		}
		name := filepath.Join(dir, fmt.Sprintf("%04d.jpg", frame+1))
		if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil {
			return err
		}
		count.Add()
	}
	return nil
}
