package metric

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"montage/core/rng"
	"montage/core/tensor"
)

func TestEmbedIsNumPys(t *testing.T) {
	raw, err := os.ReadFile("testdata/embedding.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Rows                          [][]float32
		Spread, Alignment, Uniformity float64
	}
	if err := json.Unmarshal(raw, &f); err != nil || len(f.Rows) == 0 {
		t.Fatal(len(f.Rows), err)
	}
	var all []float32
	for _, r := range f.Rows {
		all = append(all, r...)
	}
	e, err := Embed(tensor.FromFloat32(all, len(f.Rows), len(f.Rows[0])), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ seen, want float64 }{{e.Spread, f.Spread}, {e.Alignment, f.Alignment},
		{e.Uniformity, f.Uniformity}} {
		if !(math.Abs(c.seen-c.want) <= 1e-6*math.Abs(c.want)) {
			t.Errorf("%+v, want %+v", e, f)
		}
	}
}

func TestEmbedShowsCollapse(t *testing.T) {
	const r, d = 300, 32
	everywhere, same := tensor.New(tensor.Float32, r, d), tensor.New(tensor.Float32, r, d)
	random := rng.New(1).Rand()
	for i := range everywhere.Float32s() {
		everywhere.Float32s()[i] = float32(random.NormFloat64())
		same.Float32s()[i] = float32(i%d + 1)
	}
	wide, err := Embed(everywhere, false)
	if err != nil || math.Abs(wide.Spread-1) > 0.05 || wide.Uniformity > -3 || !math.IsNaN(wide.Alignment) {
		t.Errorf("everywhere: %+v, %v", wide, err)
	}
	narrow, err := Embed(same, true)
	if err != nil || narrow.Spread > 1e-6 || narrow.Uniformity != 0 || narrow.Alignment != 0 {
		t.Errorf("all the same: %+v, %v", narrow, err)
	}
	if zero, err := Embed(tensor.New(tensor.Float32, 4, 3), true); err != nil || zero.Spread != 0 {
		t.Errorf("zeros: %+v, %v", zero, err)
	}
	if _, err := Embed(tensor.New(tensor.Float32, 1, 3), false); err == nil {
		t.Error("one row has no spread")
	}
}
