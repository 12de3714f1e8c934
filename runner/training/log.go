package training

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"montage/runner/engine"
)

func (p *Policy) logEpoch(r engine.EpochReport) {
	line := p.Log.Info()
	if r.Score != nil {
		line.Float64("valid_map", round(*r.Score, 1e4))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Probe)) {
		line.Float64(name, round(r.Probe[name], 1e4))
	}
	speed, restarts := 0.0, 0
	if r.Seconds > 0 {
		speed = float64(r.Frames) / r.Seconds
	}
	if p.Restarts != nil {
		restarts = p.Restarts()
	}
	line.Str("phase", r.Phase).Int("epoch", r.Epoch).Str("loss", Losses(r.Losses)).
		Float64("seconds", round(r.Seconds, 10)).Float64("frames_per_second", round(speed, 10)).
		Int("restarts", restarts).Msg("epoch done")
}

// warnCollapsed warns once of each branch of a phase whose embeddings collapsed.
func (p *Policy) warnCollapsed(r engine.EpochReport) {
	for _, branch := range r.Collapsed() {
		key := r.Phase + "/" + branch
		if p.warned[key] {
			continue
		}
		p.warned[key] = true
		p.Log.Warn().Str("branch", branch).Float64("spread", r.Embeddings[branch]["spread"]).
			Msg("the embeddings are nearly all the same: they collapsed\nhint: lower the learning rate, use " +
				"batch normalisation in the projection, or look at the augmentations with runner preview")
	}
}

// Losses writes mean losses in one line, in the order of the branches' names.
func Losses(means map[string]float64) string {
	var out []string
	for _, branch := range slices.Sorted(maps.Keys(means)) {
		out = append(out, fmt.Sprintf("%s %.4g", branch, means[branch]))
	}
	return strings.Join(out, "  ")
}

// round keeps so many parts of one. NaN stays NaN.
func round(v, parts float64) float64 { return math.Round(v*parts) / parts }
