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
type Signs map[string]float64

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
func embeds(b *Branch) bool {
	own := b.Shares == "" || b.Through != ""
	return own && (b.Target == core.TargetNone || b.Target == core.TargetVector)
}

func signsOf(b *Branch, output tensor.Tensor) (Signs, error) {
	if !embeds(b) || output.Shape[0] < 2 {
		return nil, nil
	}
	e, err := metric.Embed(output, b.GradientViews() == 2)
	if err != nil {
		return nil, fmt.Errorf("branch %s: %w", b.Name, err)
	}
	signs := Signs{"spread": e.Spread, "uniformity": e.Uniformity}
	if !math.IsNaN(e.Alignment) {
		signs["alignment"] = e.Alignment
	}
	return signs, nil
}

// see adds the signs of a step to those of the epoch so far.
func (p *Place) see(signs map[string]Signs) {
	for branch, of := range signs {
		for name, value := range of {
			if p.Signs == nil {
				p.Signs = map[string]map[string]Mean{}
			}
			if p.Signs[branch] == nil {
				p.Signs[branch] = map[string]Mean{}
			}
			m := p.Signs[branch][name]
			p.Signs[branch][name] = Mean{m.Sum + value, m.Count + 1}
		}
	}
}

// signs returns the means over the epoch so far, nil where there are none.
func (p *Place) signs() map[string]Signs {
	if p.Signs == nil {
		return nil
	}
	out := map[string]Signs{}
	for branch, of := range p.Signs {
		out[branch] = Signs{}
		for name, m := range of {
			out[branch][name] = m.Sum / float64(m.Count)
		}
	}
	return out
}
