package data

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/tensor"
	"montage/runner/data/datatest"
)

// TestRowsStandForFrames: a loader of features gives the float32s of each row, from the cache
// too, and refuses other widths and pictures.
func TestRowsStandForFrames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	datatest.Write(t, path, []byte("id,f0,f1\na,1,2\nb,-3,0.5\n"))
	d := &Dataset{Samples: []Sample{{ID: "s", Dir: path, Rows: "csv", Frames: []string{"row 2", "row 1"},
		Parts: []Part{{Offset: 15, Size: 9}, {Offset: 9, Size: 6}}}}}
	l := NewLoader(LoaderConfig{Size: 32, RowWidth: 2, CacheBytes: 1 << 10})
	for range 2 {
		got := tensor.New(tensor.Float32, 2, 2)
		b, err := l.Load(t.Context(), d, Sweep{Data: d, Batch: 1, Frames: 2}.At(0), got.Bytes())
		if err != nil || b.Rows() != 2 || !slices.Equal(got.Float32s(), []float32{-3, 0.5, 1, 2}) {
			t.Fatalf("%v, %v", got.Float32s(), err)
		}
	}
	picture := Sample{ID: "p", Dir: filepath.Dir(path), Frames: []string{"p.jpg"}}
	datatest.Write(t, picture.Path(0), datatest.Photo(t, 100))
	pixels := bytes.Repeat([]byte{7}, 1<<12)
	for _, c := range []struct {
		width  int
		sample Sample
		want   string
	}{{3, d.Samples[0], "a row has 2 features, expected 3"}, {2, picture, "cannot take each other's place"},
		{0, d.Samples[0], "cannot take each other's place"}} {
		l := NewLoader(LoaderConfig{Size: 32, RowWidth: c.width, OnError: Skip})
		d := &Dataset{Samples: []Sample{c.sample}}
		_, err := l.Load(t.Context(), d, Sweep{Data: d, Batch: 1, Frames: 1}.At(0), pixels)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}
