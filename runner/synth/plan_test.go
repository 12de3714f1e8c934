package synth

import (
	"reflect"
	"slices"
	"testing"
)

func TestPlanHasLongTails(t *testing.T) {
	c := Default()
	c.Train, c.Test, c.Unlabeled = 4292, 0, 0
	count := make([]int, c.Classes)
	sizes := map[int]int{}
	frames, few := 0, 0
	for _, trailer := range plan(c) {
		for _, genre := range trailer.genres {
			count[genre]++
		}
		sizes[len(trailer.genres)]++
		if n := len(slices.Compact(slices.Sorted(slices.Values(trailer.genres)))); n != len(trailer.genres) {
			t.Fatalf("genres %v", trailer.genres)
		}
		if trailer.frames < 3 || trailer.frames > 80 {
			t.Fatalf("%d frames", trailer.frames)
		}
		frames += trailer.frames
		if trailer.frames < 13 {
			few++
		}
	}
	if first := float64(count[0]) / 4292; first < 0.25 || first > 0.42 {
		t.Errorf("%.0f %% have the first genre, want about a third", 100*first)
	}
	tail := 0
	for _, n := range count[75:] {
		tail += n
	}
	if tail < 10*10 || tail > 10*60 {
		t.Errorf("the last ten genres occur %d times", tail)
	}
	if len(sizes) != mostGenres || sizes[0] > 0 {
		t.Errorf("trailers by number of genres: %v", sizes)
	}
	if mean := float64(frames) / 4292; mean < 18 || mean > 27 || few < 4292*4/10 {
		t.Errorf("%.1f frames on average, %d trailers with less than 13", mean, few)
	}
}

func TestPlanCoversAllGenres(t *testing.T) {
	for _, classes := range []int{1, 2, 5, 40, 85, 200} {
		for seed := range uint64(5) {
			c := Config{Train: classes, Test: 3, Classes: classes, Seed: seed, MinFrames: 1, MaxFrames: 1}
			trailers := plan(c)
			seen := make([]bool, classes)
			for _, trailer := range trailers[:classes] {
				if len(trailer.genres) > mostGenres {
					t.Fatalf("%d genres", len(trailer.genres))
				}
				for _, genre := range trailer.genres {
					seen[genre] = true
				}
			}
			if i := slices.Index(seen, false); i >= 0 {
				t.Errorf("seed %d: genre %d of %d does not occur", seed, i, classes)
			}
		}
	}
}

func TestReplaceGenreTakesOneThatOccursTwice(t *testing.T) {
	trailers := []trailer{{genres: []int{0, 1}}, {genres: []int{1, 2}}}
	replaceGenre(trailers, []int{1, 2, 1, 1}, 3)
	if want := []trailer{{genres: []int{0, 3}}, {genres: []int{1, 2}}}; !reflect.DeepEqual(trailers, want) {
		t.Errorf("got %v, want %v", trailers, want)
	}
}

// TestTrailersDoNotDependOnOthers lets data sets of one seed grow: a test set stays
// the same when the training set gets larger.
func TestTrailersDoNotDependOnOthers(t *testing.T) {
	a := Config{Train: 10, Test: 10, Classes: 85, MinFrames: 1, MaxFrames: 9}
	b := a
	b.Train = 20
	if !reflect.DeepEqual(plan(a)[10:], plan(b)[20:]) {
		t.Error("the test set changes with the size of the training set")
	}
}
