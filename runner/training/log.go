package training

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"montage/core/hint"
	"montage/runner/engine"
	"montage/runner/metric"
)

func (p *Policy) logEpoch(r engine.EpochReport) {
	line := p.Log.Info()
	if r.Score != nil {
		line.Float64("valid_map", metric.Round(*r.Score, 4))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Probe)) {
		line.Float64(name, metric.Round(r.Probe[name], 4))
	}
	speed, restarts := 0.0, 0
	if r.Seconds > 0 {
		speed = float64(r.Frames) / r.Seconds
	}
	if p.Restarts != nil {
		restarts = p.Restarts()
	}
	line.Str("phase", r.Phase).Int("epoch", r.Epoch).Str("loss", Losses(r.Losses)).
		Float64("seconds", metric.Round(r.Seconds, 1)).Float64("frames_per_second", metric.Round(speed, 1)).
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
			Msg("the embeddings are nearly all the same: they collapsed" + hint.Lines("lower the learning rate, "+
				"use batch normalisation in the projection, or look at the augmentations with runner preview"))
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
