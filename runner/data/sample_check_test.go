package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"montage/core/rng"
	"montage/runner/data/datatest"
)

// TestCheckSomeFindsWhatHeadersHide, as an error with the remedy, or as what is left out.
func TestCheckSomeFindsWhatHeadersHide(t *testing.T) {
	d := open(t, datatest.Folder(t, "id,labels\na,X\nb,X\n", 4, "a", "b"))
	first, second := d.Samples[0].Path(2), d.Samples[1].Path(0)
	failing, skipping := NewLoader(LoaderConfig{Size: 4}), NewLoader(LoaderConfig{Size: 4, OnError: Skip})
	if err := failing.CheckSome(t.Context(), nil, d); err != nil {
		t.Fatal(err)
	}
	datatest.Write(t, first, truncated(t))
	datatest.Write(t, second, truncated(t))
	var problems Problems
	err := failing.CheckSome(t.Context(), d, nil)
	if !errors.As(err, &problems) || len(problems) != 2 || !strings.Contains(problems.Error(), `on_error = "skip"`) {
		t.Errorf("failed with %v", err)
	}
	if err := skipping.CheckSome(t.Context(), d); err != nil {
		t.Error(err)
	}
	var skipped []string
	for _, p := range skipping.Skipped() {
		skipped = append(skipped, p.Path)
	}
	if !slices.Equal(skipped, []string{first, second}) {
		t.Errorf("skipped %v", skipped)
	}
	s := Sampler{Data: d, Order: rng.New(1), Augment: rng.New(2), Batch: 2, Frames: 2}
	pixels, others := make([]uint8, 4*skipping.FrameBytes()), make([]uint8, 4*skipping.FrameBytes())
	for epoch := range 10 {
		fresh := NewLoader(LoaderConfig{Size: 4, OnError: Skip})
		a, errA := skipping.Load(t.Context(), d, s.At(DrawPosition{Epoch: epoch}), pixels)
		b, errB := fresh.Load(t.Context(), d, s.At(DrawPosition{Epoch: epoch}), others)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) || !slices.Equal(pixels, others) {
			t.Fatalf("epoch %d: after a check %v, %v; without %v, %v", epoch, a, errA, b, errB)
		}
	}
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	if err := skipping.CheckSome(t.Context(), d); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a frame that vanished is not an error: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failing.CheckSome(stopped, d); !errors.Is(err, context.Canceled) {
		t.Errorf("a check that was stopped returns %v", err)
	}
}

// TestChosenFramesAreSpread over all of a data set, whether a few or many are tried.
func TestChosenFramesAreSpread(t *testing.T) {
	long := &Dataset{}
	for i := range 1000 {
		s := Sample{Dir: fmt.Sprint("gone/", i)}
		for n := range 1 + i%7 {
			s.Frames = append(s.Frames, fmt.Sprint(n))
		}
		long.Samples = append(long.Samples, s)
	}
	short := &Dataset{Samples: long.Samples[:6]} // 21 frames
	frames := choose([]*Dataset{long, nil, short})
	seen := map[string]bool{}
	for _, c := range frames {
		seen[c.sample.Path(c.frame)] = true
	}
	if len(frames) != mostChecked || len(seen) < mostChecked-1 ||
		!reflect.DeepEqual(frames, choose([]*Dataset{long, nil, short})) {
		t.Errorf("%d frames, or others in a second call", len(frames))
	}
	list := long.spread()
	if n := len(short.spread()); n != 21 {
		t.Errorf("%d of 21 frames", n)
	}
	for _, n := range []int{4, 16, 64, 128} {
		var quarters [4]int
		for _, c := range list[:n] {
			var i int
			if _, err := fmt.Sscanf(c.sample.Dir, "gone/%d", &i); err != nil {
				t.Fatal(err)
			}
			quarters[i/250]++
		}
		if quarters != [4]int{n / 4, n / 4, n / 4, n / 4} {
			t.Errorf("the first %d are spread as %v", n, quarters)
		}
	}
}

// TestFewLargeFramesAreTried: the bytes bound the time.
func TestFewLargeFramesAreTried(t *testing.T) {
	dir := t.TempDir()
	s := Sample{Dir: dir}
	for i := range 50 {
		s.Frames = append(s.Frames, fmt.Sprint(i))
		if err := os.WriteFile(s.Path(i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(s.Path(i), 3<<20); err != nil { // takes no room on the disk
			t.Fatal(err)
		}
	}
	d := &Dataset{Samples: []Sample{s}}
	for _, sets := range [][]*Dataset{{d}, {d, nil, d, d}} {
		if n := len(choose(sets)); n != leastChecked {
			t.Errorf("%d frames of 3 MiB, want %d", n, leastChecked)
		}
	}
	for i := range s.Frames {
		if err := os.Truncate(s.Path(i), 1<<19); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(choose([]*Dataset{d})); n != 16 {
		t.Errorf("%d frames of 512 KiB, want 16", n)
	}
}
