package engine

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/metric"
	"montage/runner/model"
)

// EmbeddingStats describe how a branch's embeddings lie: spread, uniformity and, of two
// views, alignment, as [metric.Embedding] explains them.
type EmbeddingStats map[string]float64

// collapsed is the spread below which embeddings are nearly all the same.
const collapsed = 0.1

// Collapsed names the branches whose embeddings were nearly all the same throughout
// an epoch; in a phase's first one they may be on their way.
func (r EpochReport) Collapsed() (branches []string) {
	for _, branch := range slices.Sorted(maps.Keys(r.Embeddings)) {
		if r.Epoch > 1 && r.Embeddings[branch]["spread"] < collapsed {
			branches = append(branches, branch)
		}
	}
	return branches
}

// embeds reports whether a branch's outputs are embeddings: rows of heads of its own
// that no labels and no classes describe.
func embeds(b *model.Branch) bool {
	own := b.SharesHeadsOf == "" || b.SharesHeadsThrough != ""
	return own && (b.Target == core.TargetNone || b.Target == core.TargetVector)
}

// embeddingStats describes outputs, float32 [R,K]. It returns nil where they are no
// embeddings, or only one.
func embeddingStats(b *model.Branch, output tensor.Tensor) (EmbeddingStats, error) {
	if !embeds(b) || output.Shape[0] < 2 {
		return nil, nil
	}
	e, err := metric.Embed(output, b.GradientViews() == 2)
	if err != nil {
		return nil, fmt.Errorf("branch %s: %w", b.Name, err)
	}
	stats := EmbeddingStats{"spread": e.Spread, "uniformity": e.Uniformity}
	if !math.IsNaN(e.Alignment) {
		stats["alignment"] = e.Alignment
	}
	return stats, nil
}
