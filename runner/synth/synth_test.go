package synth

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/layout"
)

// small is a data set that is written in a moment.
func small(dir string) Config {
	return Config{Dir: dir, Train: 12, Test: 4, Unlabeled: 5, Classes: 8, Seed: 3, MinFrames: 2, MaxFrames: 6, Size: 64}
}

// digest sums up all files below a folder, names and contents.
func digest(t *testing.T, dir string) [32]byte {
	t.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		sum.Write([]byte(strings.TrimPrefix(path, dir)))
		sum.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(sum.Sum(nil))
}

func write(t *testing.T, c Config) {
	t.Helper()
	if err := Write(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

func TestWriteIsReadable(t *testing.T) {
	c := small(filepath.Join(t.TempDir(), "new", "trailers"))
	frames, total := 0, 0
	c.Progress = func(done, all int) { frames, total = max(frames, done), all }
	write(t, c)
	ctx := context.Background()
	train, err := layout.Open(ctx, layout.Source{Path: table(c, trainSplit), Labeled: true})
	if err != nil {
		t.Fatal(err)
	}
	test, err := layout.Open(ctx, layout.Source{Path: table(c, testSplit), Labeled: true, Classes: train.Classes})
	if err != nil {
		t.Fatal(err)
	}
	unlabeled, err := layout.Open(ctx, layout.Source{Path: table(c, unlabeledSplit)})
	if err != nil {
		t.Fatal(err)
	}
	if len(train.Samples) != 12 || len(test.Samples) != 4 || len(unlabeled.Samples) != 5 || len(train.Classes) != 8 {
		t.Errorf("%d, %d and %d trailers of %d classes", len(train.Samples), len(test.Samples), len(unlabeled.Samples),
			len(train.Classes))
	}
	read := 0
	for _, d := range []*data.Dataset{train, test, unlabeled} {
		for _, trailer := range d.Samples {
			read += len(trailer.Frames)
			if n := len(trailer.Frames); n < 2 || n > 6 {
				t.Errorf("trailer %s has %d frames", trailer.ID, n)
			}
		}
	}
	if frames != read || total != read {
		t.Errorf("progress ended at %d of %d frames, %d were read", frames, total, read)
	}
	loader := data.NewLoader(data.LoaderConfig{Size: 16})
	batch := data.Sweep{Data: train, Batch: 12, Frames: 6}.At(0)
	if _, err := loader.Load(ctx, train, batch, make([]uint8, batch.Rows()*loader.FrameBytes())); err != nil {
		t.Error(err)
	}
}

func TestWriteIsTheSameOnAnyNumberOfThreads(t *testing.T) {
	var digests [][32]byte
	for _, threads := range []int{1, 5} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		c := small(t.TempDir())
		write(t, c)
		digests = append(digests, digest(t, c.Dir))
	}
	if digests[0] != digests[1] {
		t.Error("the number of threads changes the data set")
	}
	other := small(t.TempDir())
	other.Seed++
	write(t, other)
	if digest(t, other.Dir) == digests[0] {
		t.Error("the seed does not change the data set")
	}
}

func TestWriteReplacesItsOwn(t *testing.T) {
	fresh := small(t.TempDir())
	write(t, fresh)
	c := fresh
	c.Dir = t.TempDir()
	larger := c
	larger.Train, larger.MaxFrames, larger.Seed = 20, 9, 4
	write(t, larger)
	write(t, c)
	if digest(t, c.Dir) != digest(t, fresh.Dir) {
		t.Error("something of the earlier data set is left")
	}
}

func TestWriteRefusesOthersFolders(t *testing.T) {
	c := small(t.TempDir())
	mine := filepath.Join(c.Dir, "train.csv")
	if err := os.WriteFile(mine, []byte("id,labels\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Write(context.Background(), c)
	if err == nil || !strings.Contains(hint.Text(err), "is not empty and holds no synthetic data set\nhint: ") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("the user's file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, markerName), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if Write(context.Background(), c) == nil {
		t.Error("a marker of another program was believed")
	}
	c.Dir = mine
	if Write(context.Background(), c) == nil {
		t.Error("a file was taken for a folder")
	}
}

// TestInterruptedHasNoTables interrupts a rewrite, which must not leave the first
// data set's tables beside the second's frames.
func TestInterruptedHasNoTables(t *testing.T) {
	c := small(t.TempDir())
	write(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	c.Progress = func(done, _ int) {
		if done == 5 {
			cancel()
		}
	}
	if err := Write(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	tables, err := filepath.Glob(filepath.Join(c.Dir, "*.csv*"))
	if err != nil || len(tables) > 0 {
		t.Errorf("tables %v, error %v", tables, err)
	}
	c.Progress = nil
	write(t, c) // the half data set is known as ours
}

func TestWriteChecksItsConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"train":      func(c *Config) { c.Train = -1 },
		"classes":    func(c *Config) { c.Classes = 0 },
		"min frames": func(c *Config) { c.MinFrames = 0 },
		"max frames": func(c *Config) { c.MaxFrames = c.MinFrames - 1 },
		"size":       func(c *Config) { c.Size = 8 },
	} {
		c := small(t.TempDir())
		change(&c)
		if err := Write(context.Background(), c); err == nil || !strings.Contains(err.Error(), name+" is ") {
			t.Errorf("%s: %v", name, err)
		}
		if entries, _ := os.ReadDir(c.Dir); len(entries) > 0 {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestGenreNamesAreFitForTheTable(t *testing.T) {
	if len(genreNames) != 85 || Default().Classes != 85 {
		t.Errorf("%d names", len(genreNames))
	}
	sorted := slices.Sorted(slices.Values(genreNames))
	if len(slices.Compact(sorted)) != len(genreNames) {
		t.Error("a name occurs twice")
	}
	for _, name := range genreNames {
		if strings.ContainsAny(name, "|,\"\n") || strings.TrimSpace(name) != name || name == "" {
			t.Errorf("name %q", name)
		}
	}
}

// TestTablesMayBeLinks has a table that lies elsewhere, and is written again there.
func TestTablesMayBeLinks(t *testing.T) {
	c := small(filepath.Join(t.TempDir(), "data"))
	write(t, c)
	want, err := os.ReadFile(table(c, trainSplit))
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.csv")
	err = errors.Join(err, os.Rename(table(c, trainSplit), elsewhere), os.Symlink(elsewhere, table(c, trainSplit)),
		os.Truncate(elsewhere, 0))
	if err != nil {
		t.Fatal(err)
	}
	write(t, c)
	if got, err := os.ReadFile(elsewhere); err != nil || !slices.Equal(got, want) {
		t.Errorf("the table behind the link holds %d bytes, want %d, %v", len(got), len(want), err)
	}
}
