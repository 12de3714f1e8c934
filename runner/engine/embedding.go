package engine

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/metric"
)

// Signs tell how a branch's embeddings lie: spread, uniformity and, of two views,
// alignment, as [metric.Embedding] explains them.
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

// embeds tells whether a branch's outputs are embeddings: rows of heads of its own
// that no labels and no classes describe.
func embeds(b *TrainedBranch) bool {
	own := b.SharesHeadsOf == "" || b.SharesHeadsThrough != ""
	return own && (b.Target == core.TargetNone || b.Target == core.TargetVector)
}

func embeddingStats(b *TrainedBranch, output tensor.Tensor) (EmbeddingStats, error) {
	if !embeds(b) || output.Shape[0] < 2 {
		return nil, nil
	}
	e, err := metric.Embed(output, b.GradientViews() == 2)
	if err != nil {
		return nil, fmt.Errorf("branch %s: %w", b.Name, err)
	}
	signs := EmbeddingStats{"spread": e.Spread, "uniformity": e.Uniformity}
	if !math.IsNaN(e.Alignment) {
		signs["alignment"] = e.Alignment
	}
	return signs, nil
}

// see adds the signs of a step to those of the epoch so far.
func (p *Position) addEmbeddings(signs map[string]EmbeddingStats) {
	for branch, of := range signs {
		for name, value := range of {
			if p.Embeddings == nil {
				p.Embeddings = map[string]map[string]Mean{}
			}
			if p.Embeddings[branch] == nil {
				p.Embeddings[branch] = map[string]Mean{}
			}
			m := p.Embeddings[branch][name]
			p.Embeddings[branch][name] = Mean{m.Sum + value, m.Count + 1}
		}
	}
}

// signs returns the means over the epoch so far, nil where there are none.
func (p *Position) embeddingMeans() map[string]EmbeddingStats {
	if p.Embeddings == nil {
		return nil
	}
	out := map[string]EmbeddingStats{}
	for branch, of := range p.Embeddings {
		out[branch] = EmbeddingStats{}
		for name, m := range of {
			out[branch][name] = m.Sum / float64(m.Count)
		}
	}
	return out
}
