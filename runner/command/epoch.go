package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/metric"
	"montage/runner/pipeline"
	"montage/runner/probe"
	"montage/runner/run"
)

// validate scores the validation set, where the spec has one, and tells whether no
// epoch before was as good.
func (x *execution) validate(ctx context.Context, asm *pipeline.Pipeline, report *engine.EpochReport, r *run.Run) (bool,
	error) {
	if asm.Data.Valid == nil || report.Epoch%asm.Spec.Eval.Every != 0 && !report.Last {
		return false, nil
	}
	scores, err := x.score(ctx, asm, asm.Data.Valid)
	if err != nil {
		return false, err
	}
	truth, err := metric.NewLabels(scores.Targets)
	if err != nil {
		return false, fmt.Errorf("validation: %w", err)
	}
	precision, err := metric.AveragePrecision(truth, scores.Probabilities)
	if err != nil {
		return false, fmt.Errorf("validation: %w", err)
	}
	if precision.Defined == 0 {
		return false, errors.New("validation: no class has an example in the validation set")
	}
	report.Score = &precision.Mean
	before, err := r.Records()
	if err != nil {
		return false, err
	}
	for _, b := range before {
		if b.Score != nil && *b.Score >= precision.Mean {
			return false, nil
		}
	}
	return true, nil
}

// probeEpoch probes the features where the phase asks for it.
func (x *execution) probeEpoch(ctx context.Context, asm *pipeline.Pipeline, report *engine.EpochReport) error {
	every := asm.Spec.Phase(report.Phase).ProbeEvery
	if every == 0 || report.Epoch%every != 0 && !report.Last {
		return nil
	}
	config := probe.Default
	config.Threshold = asm.Spec.Eval.Threshold
	result, err := x.probe(ctx, asm, config, [2]*data.Dataset{asm.Data.Labeled, asm.Data.Valid})
	if err != nil {
		return err
	}
	report.Probe = map[string]float64{"linear_map": result.Linear.MAP, "knn_map": result.Neighbours.MAP}
	return nil
}

func (x *execution) report(r engine.EpochReport, session *session) {
	line := x.log.Info()
	if r.Score != nil {
		line.Float64("valid_map", round(*r.Score, 4))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Probe)) {
		line.Float64(name, round(r.Probe[name], 4))
	}
	line.Str("phase", r.Phase).Int("epoch", r.Epoch).Str("loss", losses(r.Losses)).
		Float64("seconds", round(r.Seconds, 1)).Float64("frames_per_second", round(float64(r.Frames)/r.Seconds, 1)).
		Int("restarts", session.Restarts()).Msg("epoch done")
	for _, branch := range r.Collapsed() {
		if key := r.Phase + "/" + branch; !x.warned[key] {
			x.warned[key] = true
			x.log.Warn().Str("branch", branch).Float64("spread", r.Embeddings[branch]["spread"]).
				Msg("the embeddings are nearly all the same: they collapsed" +
					hint.Lines("lower the learning rate, use "+
						"batch normalisation in the projection, or look at the augmentations with runner preview"))
		}
	}
}
