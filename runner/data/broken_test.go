package data

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"montage/core/rng"
	"montage/runner/data/datatest"
)

// TestBrokenHeadersAreAsBrokenBodies breaks the same frames in both ways: the draws are the same.
func TestBrokenHeadersAreAsBrokenBodies(t *testing.T) {
	var batches [2][]Batch
	for way, content := range [][]byte{truncated(t), []byte("no picture")} {
		path := datatest.Folder(t, "id,labels\na,X\nb,X\nc,X\n", 5, "a", "b", "c")
		sound := open(t, path)
		for _, frame := range []string{"a/b.jpg", "a/c.jpg", "b/a.jpg", "b/b.jpg", "b/c.jpg", "b/d.jpg", "b/e.jpg"} {
			datatest.Write(t, filepath.Join(filepath.Dir(path), "frames", frame), content)
		}
		d, err := Check(context.Background(), &Dataset{Classes: sound.Classes, Samples: unlisted(sound)},
			Checking{Path: path, OnError: Skip})
		if err != nil {
			t.Fatal(err)
		}
		if d.Digest() != sound.Digest() {
			t.Error("breaking frames makes another data set")
		}
		if want := way * 7; d.Skipped.Frames != want || d.Skipped.Samples != way {
			t.Errorf("skipped %d frames and %d samples, want %d and %d", d.Skipped.Frames, d.Skipped.Samples, want, way)
		}
		loader := NewLoader(LoaderConfig{Size: 4, OnError: Skip})
		pixels := make([]uint8, 6*loader.FrameBytes())
		for epoch := range 10 {
			s := Sampler{Data: d, Order: rng.New(1), Augment: rng.New(2), Batch: 3, Frames: 2}
			b, err := loader.Load(context.Background(), d, s.At(DrawPosition{Epoch: epoch}), pixels)
			if err != nil {
				t.Fatal(err)
			}
			batches[way] = append(batches[way], b)
		}
	}
	if !reflect.DeepEqual(batches[0], batches[1]) {
		t.Errorf("broken bodies give %v, broken headers %v", batches[0], batches[1])
	}
}

// unlisted are samples before their frames are looked for.
func unlisted(d *Dataset) []Sample {
	samples := append([]Sample(nil), d.Samples...)
	for i := range samples {
		samples[i].Frames = nil
	}
	return samples
}
