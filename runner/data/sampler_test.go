package data

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"montage/core/rng"
)

// listed is a data set of n samples with 1 to n frames, without files.
func listed(n int) *Dataset {
	d := &Dataset{Classes: []string{"X"}}
	for i := range n {
		d.Samples = append(d.Samples, Sample{ID: fmt.Sprint("t", i), Frames: make([]string, i+1)})
	}
	return d
}

func sampler(seed uint64) Sampler {
	key := rng.New(seed)
	return Sampler{Data: listed(10), Order: key.Of("labeled"), Augment: key.Of("supervised"), Batch: 4, Frames: 5}
}

func TestSamplerVisitsEachSampleOncePerPass(t *testing.T) {
	s := sampler(7)
	if s.Steps() != 3 {
		t.Fatalf("%d steps, want 3", s.Steps())
	}
	orders := map[string]bool{}
	for epoch := range 3 {
		for pass := range 2 {
			var seen, sizes []int
			for step := range 3 {
				b := s.At(DrawPosition{Epoch: epoch, Step: pass*3 + step})
				if b.Pass != pass {
					t.Errorf("pass %d, want %d", b.Pass, pass)
				}
				seen = append(seen, b.Samples...)
				sizes = append(sizes, len(b.Samples))
			}
			orders[fmt.Sprint(seen)] = true
			slices.Sort(seen)
			if !slices.Equal(seen, spread(10, 10)) || !slices.Equal(sizes, []int{4, 4, 2}) {
				t.Errorf("samples %v in batches of %v", seen, sizes)
			}
		}
	}
	if len(orders) != 6 {
		t.Errorf("%d orders in 6 passes", len(orders))
	}
}

func TestSamplerIsAPureFunction(t *testing.T) {
	position := DrawPosition{Epoch: 2, Step: 4, Draw: 1}
	first := sampler(7).At(position)
	again := sampler(7)
	again.At(DrawPosition{Epoch: 9})
	if b := again.At(position); !reflect.DeepEqual(b, first) {
		t.Errorf("got %v, then %v", first, b)
	}
	if b := sampler(8).At(position); slices.Equal(b.Samples, first.Samples) ||
		slices.Equal(b.SampleKeys, first.SampleKeys) {
		t.Error("another seed gives the same batch")
	}
}

func TestSamplerDrawsFrames(t *testing.T) {
	s := sampler(7)
	drawn := map[int]int{}
	for epoch := range 400 {
		for step := range 3 {
			b := s.At(DrawPosition{Epoch: epoch, Step: step})
			for i, sample := range b.Samples {
				frames := b.Frames[i]
				n := sample + 1
				if len(frames) != min(n, 5) || !slices.IsSorted(frames) ||
					len(slices.Compact(slices.Clone(frames))) != len(frames) ||
					frames[0] < 0 || frames[len(frames)-1] >= n {
					t.Fatalf("frames %v of %d", frames, n)
				}
				if int(b.Offsets[i+1]-b.Offsets[i]) != len(frames) {
					t.Fatalf("offsets %v of frames %v", b.Offsets, b.Frames)
				}
				if n == 10 {
					for _, frame := range frames {
						drawn[frame]++
					}
				}
			}
			if int(b.Offsets[len(b.Samples)]) != b.Rows() || len(b.FrameKeys) != b.Rows() {
				t.Fatalf("%d rows, offsets %v, %d keys", b.Rows(), b.Offsets, len(b.FrameKeys))
			}
		}
	}
	for frame := range 10 { // 200 expected, standard deviation 10
		if drawn[frame] < 150 || drawn[frame] > 250 {
			t.Errorf("frame %d was drawn %d times of 400, want about half", frame, drawn[frame])
		}
	}
}

func TestSamplerDrawChangesFramesAlone(t *testing.T) {
	s := Sampler{Data: listed(40), Order: rng.New(1), Augment: rng.New(2), Batch: 40, Frames: 5}
	a, b := s.At(DrawPosition{}), s.At(DrawPosition{Draw: 1})
	if !slices.Equal(a.Samples, b.Samples) || !slices.Equal(a.SampleKeys, b.SampleKeys) {
		t.Error("another draw has other samples")
	}
	if reflect.DeepEqual(a.Frames, b.Frames) {
		t.Error("another draw has the same frames")
	}
}

func TestFrameKeysBelongToFrames(t *testing.T) {
	s := sampler(7)
	byFrame := map[string]uint64{}
	used := map[uint64]bool{}
	for draw := range 20 {
		b := s.At(DrawPosition{Draw: draw})
		n := 0
		for i, sample := range b.Samples {
			for _, frame := range b.Frames[i] {
				id := fmt.Sprint(sample, "/", frame)
				if key, ok := byFrame[id]; ok && key != b.FrameKeys[n] {
					t.Fatalf("frame %s has two keys", id)
				} else if !ok && used[b.FrameKeys[n]] {
					t.Fatalf("frame %s shares a key", id)
				}
				byFrame[id], used[b.FrameKeys[n]] = b.FrameKeys[n], true
				n++
			}
		}
	}
}

func TestSweep(t *testing.T) {
	s := Sweep{Data: listed(10), Batch: 4, Frames: 3}
	var seen []int
	for step := range s.Steps() {
		b := s.At(step)
		seen = append(seen, b.Samples...)
		if b.FrameKeys != nil || b.SampleKeys != nil {
			t.Error("evaluation has random keys")
		}
	}
	if !slices.Equal(seen, spread(10, 10)) {
		t.Errorf("samples %v", seen)
	}
	if last := s.At(2); !slices.Equal(last.Frames[0], []int{1, 4, 7}) ||
		!slices.Equal(last.Frames[1], []int{1, 5, 8}) ||
		!slices.Equal(last.Offsets, []int32{0, 3, 6}) {
		t.Errorf("last batch %v", last)
	}
}

// TestVariantsComeAround: what changes pixels repeats after so many passes. What does not,
// such as dropout, is drawn anew in every pass.
func TestVariantsComeAround(t *testing.T) {
	d := &Dataset{Samples: []Sample{{ID: "a", Frames: make([]string, 30)}, {ID: "b", Frames: make([]string, 2)}}}
	s := Sampler{Data: d, Order: 1, Augment: 2, Batch: 2, Frames: 4, Variants: 3}
	type draw struct {
		frames string
		key    uint64
	}
	seen, layers := map[draw]int{}, map[uint64]bool{}
	for epoch := range 6 {
		for step := range 2 { // the second goes through the data again
			b := s.At(DrawPosition{Epoch: epoch, Step: step})
			i := slices.Index(b.Samples, 0)
			samples, frames := b.Variants()
			seen[draw{fmt.Sprint(b.Frames[i], frames[b.Offsets[i]:b.Offsets[i+1]]), samples[i]}]++
			layers[b.SampleKeys[i]] = true
		}
	}
	if len(seen) != 3 || len(layers) != 12 {
		t.Errorf("%d variants and %d keys for layers, want 3 and 12", len(seen), len(layers))
	}
	for _, n := range seen {
		if n != 4 {
			t.Errorf("a variant came %d times of 12", n)
		}
	}
	s.Variants = 0
	b := s.At(DrawPosition{})
	if samples, frames := b.Variants(); !slices.Equal(samples, b.SampleKeys) || !slices.Equal(frames, b.FrameKeys) {
		t.Error("without variants, other keys than the batch's")
	}
}
