package engine

import (
	"encoding/json"
	"reflect"
	"testing"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/model"
)

func TestEmbeddingStatsAreMeansOverTheEpoch(t *testing.T) {
	var p Position
	if p.meanEmbeddings() != nil {
		t.Error("statistics of nothing")
	}
	p.addEmbeddings("a", EmbeddingStats{"spread": 1})
	p.addEmbeddings("labels", nil)
	raw, err := json.Marshal(p) // as a checkpoint keeps it
	if err != nil {
		t.Fatal(err)
	}
	var resumed Position
	if err := json.Unmarshal(raw, &resumed); err != nil {
		t.Fatal(err)
	}
	resumed.addEmbeddings("a", EmbeddingStats{"spread": 0.5})
	got, want := resumed.meanEmbeddings(), map[string]EmbeddingStats{"a": {"spread": 0.75}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stats %v, want %v", got, want)
	}
}

func TestCollapsed(t *testing.T) {
	r := EpochReport{Epoch: 2, Embeddings: map[string]EmbeddingStats{"wide": {"spread": 0.9},
		"narrow": {"spread": 0.05}}}
	if got := r.Collapsed(); !reflect.DeepEqual(got, []string{"narrow"}) {
		t.Errorf("collapsed: %v", got)
	}
	r.Epoch = 1
	if got := r.Collapsed(); got != nil {
		t.Errorf("collapsed in the first epoch: %v", got)
	}
}

// TestEmbeddingStatsOfEmbeddingsAlone: classes, and heads that another branch trains with
// labels, are no embeddings.
func TestEmbeddingStatsOfEmbeddingsAlone(t *testing.T) {
	rows := tensor.FromFloat32([]float32{1, 0, 0, 1, 1, 1, 0, 2}, 4, 2)
	two := []core.View{{Name: "a"}, {Name: "b"}}
	for _, c := range []struct {
		name   string
		branch core.Branch
		want   int
	}{
		{"contrast", core.Branch{Target: core.TargetNone, Views: two}, 3},
		{"one view", core.Branch{Target: core.TargetVector, Views: two[:1]}, 2},
		{"own head", core.Branch{Target: core.TargetNone, Views: two, SharesHeadsOf: "x", SharesHeadsThrough: "y"},
			3},
		{"classes", core.Branch{Target: core.TargetOneHot, Views: two}, 0},
		{"a classifier's", core.Branch{Target: core.TargetNone, Views: two, SharesHeadsOf: "supervised"}, 0},
	} {
		stats, err := embeddingStats(&model.Branch{Branch: c.branch}, rows)
		if err != nil || len(stats) != c.want {
			t.Errorf("%s: stats %v, want %d; error %v", c.name, stats, c.want, err)
		}
	}
}
