package data

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"montage/core/rng"
)

// tailed is a balanced sampler of a long tail: 30 samples of class 0, 6 of class 1, one of class
// 2, none of class 3, and 3 samples without labels.
func tailed() Sampler {
	d := listed(40)
	d.Classes = []string{"frequent", "rare", "once", "never"}
	for i := range d.Samples[:37] {
		class := 0
		if i >= 30 {
			class = 1
		}
		if i == 36 {
			class = 2
		}
		d.Samples[i].Labels = []int{class}
	}
	return Sampler{Data: d, Order: rng.New(1), Augment: rng.New(2), Batch: 7, Frames: 2, Balance: NewBalance(d)}
}

// pass returns the batches of a pass as one.
func pass(s Sampler, epoch, pass int) (all Batch) {
	for step := range s.Steps() {
		b := s.At(DrawPosition{Epoch: epoch, Step: pass*s.Steps() + step})
		all.Samples, all.SampleKeys = append(all.Samples, b.Samples...), append(all.SampleKeys, b.SampleKeys...)
		all.Frames = append(all.Frames, b.Frames...)
		all.sampleVariants = append(all.sampleVariants, b.sampleVariants...)
	}
	return all
}

// TestBalancedTakesClassesInTurn: each of the four lists comes once in four draws, and within a
// list no sample comes again before all others have.
func TestBalancedTakesClassesInTurn(t *testing.T) {
	s := tailed()
	orders := map[string]bool{}
	for epoch := range 3 {
		all := pass(s, epoch, 0)
		if len(all.Samples) != 40 {
			t.Fatalf("%d draws of 40 samples", len(all.Samples))
		}
		times, lists := map[int]int{}, map[int]int{}
		for n, sample := range all.Samples {
			list := 3
			if labels := s.Data.Samples[sample].Labels; len(labels) > 0 {
				list = labels[0]
			}
			lists[list]++
			times[sample]++
			if lists[list] != n/4+1 && lists[list] != n/4 {
				t.Fatalf("draw %d: list %d came %d times", n, list, lists[list])
			}
		}
		for _, list := range []struct{ from, to, least, most int }{{0, 30, 0, 1}, {30, 36, 1, 2}, {36, 37, 10, 10},
			{37, 40, 3, 4}} { // ten draws of each
			for sample := list.from; sample < list.to; sample++ {
				if n := times[sample]; n < list.least || n > list.most {
					t.Errorf("sample %d came %d times", sample, n)
				}
			}
		}
		orders[fmt.Sprint(all.Samples)] = true
	}
	if len(orders) != 3 {
		t.Error("epochs have one order")
	}
}

// TestBalancedChangesRepetitions: a sample that comes again in a pass has other keys and, where
// it has a choice, other frames at times.
func TestBalancedChangesRepetitions(t *testing.T) {
	s := tailed()
	s.Variants = 4
	all := pass(s, 1, 1)
	keys, variants, frames := map[uint64]bool{}, map[uint64]bool{}, map[[2]int]bool{}
	for n, sample := range all.Samples {
		if keys[all.SampleKeys[n]] {
			t.Errorf("a key comes twice")
		}
		keys[all.SampleKeys[n]] = true
		if sample == 36 {
			variants[all.sampleVariants[n]] = true
			frames[[2]int(all.Frames[n])] = true
		}
	}
	if len(variants) != 4 || len(frames) < 2 || len(frames) > 4 {
		t.Errorf("%d variants and %d choices of frames in 10 draws, want 4 variants", len(variants), len(frames))
	}
}

// TestBalancedContinuesAnywhere: a batch follows from its position alone, and draws of a
// position hold the same samples.
func TestBalancedContinuesAnywhere(t *testing.T) {
	for _, at := range []DrawPosition{{}, {Epoch: 2, Step: 5}, {Epoch: 1, Step: 13}} {
		first, again := tailed(), tailed()
		for step := range at.Step {
			first.At(DrawPosition{Epoch: at.Epoch, Step: step})
		}
		want := first.At(at)
		if got := again.At(at); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %v, then %v", at, want, got)
		}
		at.Draw = 1
		if got := again.At(at); !slices.Equal(got.Samples, want.Samples) ||
			!slices.Equal(got.SampleKeys, want.SampleKeys) {
			t.Errorf("%+v: another draw has other samples", at)
		}
	}
}

// TestBalancedTakesLabelsTogether: a sample with two labels is of both lists.
func TestBalancedTakesLabelsTogether(t *testing.T) {
	d := listed(3)
	d.Classes = []string{"a", "b"}
	d.Samples[0].Labels, d.Samples[1].Labels, d.Samples[2].Labels = []int{0, 1}, []int{0}, []int{0}
	if got := d.classLists(); !reflect.DeepEqual(got, [][]int{{0, 1, 2}, {0}}) {
		t.Error(got)
	}
}
