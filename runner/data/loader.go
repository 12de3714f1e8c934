package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"montage/core/parallel"
	"montage/runner/framecache"
	"montage/runner/picture"
)

// LoaderConfig describes a Loader.
type LoaderConfig struct {
	// Size is the side of the square frames, in pixels.
	Size int
	// RowWidth, when not 0, says that frames are rows of so many features: float32s.
	RowWidth int
	// CacheBytes is how much memory to spend on resized frames, 0 for none.
	CacheBytes int64
	// Disk says where resized frames are kept on disk, which they are not where Dir is
	// empty. The loader fills in Decoder.
	Disk framecache.Config
	// Resize and Background say how a frame becomes a square.
	Resize     picture.Resize
	Background picture.Background
	// OnError says what to do about a frame whose header was sound but which does
	// not decode to its end.
	OnError OnError
}

// Loader reads frames. One Loader serves all data sets of a run, from any number of
// goroutines.
type Loader struct {
	config  LoaderConfig
	cache   *cache
	disk    *framecache.Cache // nil for none
	decoder picture.Decoder

	mu     sync.Mutex
	broken map[string]*brokenError // of each frame that did not decode
}

// NewLoader returns a loader with nothing in memory.
func NewLoader(config LoaderConfig) *Loader {
	l := &Loader{
		config:  config,
		cache:   newCache(config.CacheBytes),
		decoder: picture.Decoder{Size: config.Size, Resize: config.Resize, Background: config.Background},
		broken:  map[string]*brokenError{},
	}
	if config.Disk.Dir != "" {
		config.Disk.Decoder = l.decoder.Identity()
		l.disk = framecache.New(config.Disk)
	}
	return l
}

// FrameBytes returns the bytes of one resized frame, or row of features.
func (l *Loader) FrameBytes() int {
	if l.config.RowWidth > 0 {
		return 4 * l.config.RowWidth
	}
	return 3 * l.config.Size * l.config.Size
}

// Close closes the files of the cache on disk.
func (l *Loader) Close() { l.disk.Close() }

// Load decodes and resizes the frames of a batch.
//
//	pixels: uint8 [N,H,W,3], RGB, 0 to 255, N = b.Rows(), H = W = Size, or the bytes
//	of float32 [N,D], D = RowWidth, of features; owned by the caller; rows beyond the
//	frames of the returned batch are left undefined
//
// The batch it returns is b, unless frames are broken and OnError is Skip: a broken
// frame's place then goes to the sample's next frame that was not drawn, and a
// sample without enough sound frames has fewer, so that each sample has as many
// frames in any draw; one without any is not in the batch, which may come out
// empty. What is returned depends on the files alone, not on what was loaded before.
//
// A broken frame is an error where OnError is Fail, one that cannot be read always.
func (l *Loader) Load(ctx context.Context, d *Dataset, b Batch, pixels []uint8) (Batch, error) {
	if want := b.Rows() * l.FrameBytes(); len(pixels) < want {
		return b, fmt.Errorf("memory for %d frames of %d bytes: expected %d bytes, saw %d",
			b.Rows(), l.FrameBytes(), want, len(pixels))
	}
	for {
		b := l.avoidBroken(d, b)
		err := l.frames(ctx, d, b, pixels)
		if !errors.Is(err, errFoundBroken) {
			return b, err
		}
		// Rare, because each broken frame is found once. Choose the frames again without it.
	}
}

// errFoundBroken ends an attempt that met a broken frame not known before.
var errFoundBroken = errors.New("found a broken frame")

// frames fills pixels with the frames of b.
func (l *Loader) frames(ctx context.Context, d *Dataset, b Batch, pixels []uint8) error {
	type drawn struct{ sample, frame int }
	rows := make([]drawn, 0, b.Rows())
	for i, sample := range b.Samples {
		for _, frame := range b.Frames[i] {
			rows = append(rows, drawn{sample, frame})
		}
	}
	size := l.FrameBytes()
	return parallel.Each(ctx, len(rows), func(n int) error {
		t, frame := d.Samples[rows[n].sample], rows[n].frame
		err := l.frame(t, frame, pixels[n*size:(n+1)*size])
		var broken *brokenError
		if l.config.OnError != Skip || !errors.As(err, &broken) {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.broken[t.Path(frame)] = broken
		return errFoundBroken
	})
}

func (l *Loader) frame(t Sample, frame int, pixels []uint8) error {
	path := t.Path(frame)
	if l.cache.get(path, pixels) {
		return nil
	}
	if err := l.disk.Frame(t.origin(frame), pixels, func() error { return l.decode(t, frame, pixels) }); err != nil {
		return err
	}
	l.cache.put(path, pixels)
	return nil
}

func (l *Loader) decode(t Sample, frame int, pixels []uint8) error {
	path := t.Path(frame)
	content, err := t.Read(frame)
	if err != nil {
		return fmt.Errorf("read frame: %w", err)
	}
	if (t.Rows != "") != (l.config.RowWidth > 0) {
		return fmt.Errorf("%s: pictures and features cannot take each other's place", path)
	}
	if t.Rows != "" {
		if err := t.Rows.Decode(pixels, content); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	} else if err := l.decoder.Square(pixels, content); err != nil {
		return &brokenError{path, err}
	}
	return nil
}

// avoidBroken returns a batch without the frames that are known to be broken.
func (l *Loader) avoidBroken(d *Dataset, b Batch) Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := func(sample int) bool { return d.Samples[sample].Broken != nil }
	if len(l.broken) == 0 && !slices.ContainsFunc(b.Samples, known) {
		return b
	}
	sound := Batch{Pass: b.Pass}
	for i, sample := range b.Samples {
		t := d.Samples[sample]
		frames := replace(b.Frames[i], len(t.Frames), func(frame int) bool {
			return slices.Contains(t.Broken, frame) || l.broken[t.Path(frame)] != nil
		})
		if len(frames) == 0 {
			continue
		}
		sound.Samples = append(sound.Samples, sample)
		sound.Frames = append(sound.Frames, frames)
		if b.SampleKeys != nil {
			sound.SampleKeys = append(sound.SampleKeys, b.SampleKeys[i])
		}
		if b.sampleVariants != nil {
			sound.sampleVariants = append(sound.sampleVariants, b.sampleVariants[i])
		}
	}
	sound.finish()
	return sound
}

// replace gives the place of each broken frame to the next one of n, from there on
// and around, that is neither drawn nor broken. Knowing of more broken frames than
// it would choose does not change its choice, which makes Load's result independent
// of what was loaded before.
func replace(drawn []int, n int, broken func(int) bool) []int {
	frames := slices.DeleteFunc(slices.Clone(drawn), broken)
	for _, frame := range drawn {
		if !broken(frame) {
			continue
		}
		for step := 1; step < n; step++ {
			next := (frame + step) % n
			if !broken(next) && !slices.Contains(frames, next) {
				frames = append(frames, next)
				break
			}
		}
	}
	slices.Sort(frames)
	return frames
}

// Skipped returns the broken frames that were left out so far, by path.
func (l *Loader) Skipped() Problems {
	l.mu.Lock()
	defer l.mu.Unlock()
	var problems Problems
	for _, err := range l.broken {
		problems = append(problems, err.problem())
	}
	slices.SortFunc(problems, func(a, b Problem) int { return Natural(a.File, b.File) })
	return problems
}
