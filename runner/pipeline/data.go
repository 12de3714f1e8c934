package pipeline

import (
	"context"
	"errors"

	"montage/core"
	"montage/runner/data"
)

// Datasets are the data sets that the spec names, nil where it names none.
type Datasets struct {
	Labeled, Unlabeled, Test, Valid *data.Dataset
	everything                      *data.Dataset
}

// openData opens and checks all data sets, so that every problem of any of them
// is known before training starts.
func (p *Pipeline) openData(ctx context.Context) error {
	if p.Predict {
		return nil
	}
	var problems data.Problems
	open := func(path string, labeled bool) (*data.Dataset, error) {
		if path == "" {
			return nil, nil
		}
		set, err := data.Open(ctx, data.Source{Path: path, Labeled: labeled, Classes: p.Classes,
			OnError: data.OnError(p.Spec.Data.OnError), Progress: p.Progress})
		var found data.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			return nil, nil
		}
		return set, err
	}
	var err error
	if p.Data.Labeled, err = open(p.Spec.Data.Labeled, true); err != nil {
		return err
	}
	if p.Data.Labeled != nil {
		p.Classes = p.Data.Labeled.Classes
	}
	if p.Data.Unlabeled, err = open(p.Spec.Data.Unlabeled, false); err != nil {
		return err
	}
	// Otherwise the test set would have a vocabulary of its own.
	if p.Data.Labeled != nil {
		if p.Data.Test, err = open(p.Spec.Data.Test, true); err != nil {
			return err
		}
	}
	if p.Data.Labeled != nil {
		if p.Data.Valid, err = open(p.Spec.Data.Valid, true); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return problems
	}
	p.warnSkipped()
	p.warnOverlap()
	return nil
}

// warnSkipped warns of what was left out of each data set, in the order of the spec's
// reference.
func (p *Pipeline) warnSkipped() {
	for _, d := range []struct {
		name string
		set  *data.Dataset
	}{{"labeled", p.Data.Labeled}, {"unlabeled", p.Data.Unlabeled}, {"test", p.Data.Test}, {"valid", p.Data.Valid}} {
		if d.set == nil || d.set.Skipped.Samples+d.set.Skipped.Frames == 0 {
			continue
		}
		skipped := d.set.Skipped
		p.Log.Warn().Str("data", d.name).Int("samples", skipped.Samples).Int("frames", skipped.Frames).
			Str("first", skipped.Problems[0].String()).Msg("left out what cannot be read")
	}
}

// source returns the data set of a branch, which CheckStrategyPlan made sure of.
func (p *Pipeline) source(s core.Source) *data.Dataset {
	switch s {
	case core.Labeled:
		return p.Data.Labeled
	case core.Unlabeled:
		return p.Data.Unlabeled
	}
	if p.Data.everything == nil {
		var sets []*data.Dataset
		for _, set := range []*data.Dataset{p.Data.Labeled, p.Data.Unlabeled} {
			if set != nil {
				sets = append(sets, set)
			}
		}
		p.Data.everything = data.Everything(sets...)
	}
	return p.Data.everything
}
