package training

import (
	"context"
	"errors"
	"fmt"

	"montage/runner/engine"
	"montage/runner/metric"
)

// due reports whether something that is done every so many epochs is done after this one.
func due(every int, report *engine.EpochReport) bool {
	return every > 0 && (report.Epoch%every == 0 || report.Last)
}

// validate scores the validation set and reports whether no epoch before was as good. With
// an error the epoch has no score.
func (p *Policy) validate(ctx context.Context, report *engine.EpochReport) (best bool, err error) {
	if p.Validate == nil || !due(p.ValidateEvery, report) {
		return false, nil
	}
	scores, err := p.Validate(ctx)
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
	if best, err = p.best(precision.Mean); err == nil {
		report.Score = &precision.Mean
	}
	return best, err
}

// best reports whether a score is higher than all before.
func (p *Policy) best(score float64) (bool, error) {
	before, err := p.Run.Records()
	if err != nil {
		return false, err
	}
	for _, b := range before {
		if b.Score != nil && *b.Score >= score {
			return false, nil
		}
	}
	return true, nil
}

// probe judges the features where the phase asks for it.
func (p *Policy) probe(ctx context.Context, report *engine.EpochReport) error {
	if !due(p.ProbeEvery[report.Phase], report) {
		return nil
	}
	result, err := p.Probe(ctx)
	if err != nil {
		return err
	}
	report.Probe = map[string]float64{"linear_map": result.Linear.MAP, "knn_map": result.Neighbours.MAP}
	return nil
}
