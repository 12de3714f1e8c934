package pipeline

import (
	"context"
	"errors"

	"montage/core"
	"montage/runner/data"
)

// Data are the data sets that the spec names, nil where it names none.
type Datasets struct {
	Labeled, Unlabeled, Test, Valid *data.Dataset
	everything                      *data.Dataset
}

// openData opens and checks all data sets, so that every problem of any of them
// is known before training starts.
func (a *Pipeline) openData(ctx context.Context) error {
	if a.Predict {
		return nil
	}
	var problems data.Problems
	open := func(path string, labeled bool) (*data.Dataset, error) {
		if path == "" {
			return nil, nil
		}
		set, err := data.Open(ctx, data.Source{Path: path, Labeled: labeled, Classes: a.Classes,
			OnError: data.OnError(a.Spec.Data.OnError), Progress: a.Progress})
		var found data.Problems
		if errors.As(err, &found) {
			problems = append(problems, found...)
			return nil, nil
		}
		return set, err
	}
	var err error
	if a.Data.Labeled, err = open(a.Spec.Data.Labeled, true); err != nil {
		return err
	}
	if a.Data.Labeled != nil {
		a.Classes = a.Data.Labeled.Classes
	}
	if a.Data.Unlabeled, err = open(a.Spec.Data.Unlabeled, false); err != nil {
		return err
	}
	// Without the vocabulary every label of the test set would be its own.
	if a.Data.Labeled != nil {
		if a.Data.Test, err = open(a.Spec.Data.Test, true); err != nil {
			return err
		}
	}
	if a.Data.Labeled != nil {
		if a.Data.Valid, err = open(a.Spec.Data.Valid, true); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return problems
	}
	for name, set := range map[string]*data.Dataset{"labeled": a.Data.Labeled, "unlabeled": a.Data.Unlabeled,
		"test": a.Data.Test, "valid": a.Data.Valid} {
		if set != nil && set.Skipped.Samples+set.Skipped.Frames > 0 {
			a.Log.Warn().Str("data", name).Int("samples", set.Skipped.Samples).Int("frames", set.Skipped.Frames).
				Str("first", set.Skipped.Problems[0].String()).Msg("left out what cannot be read")
		}
	}
	a.warnOverlap()
	return nil
}

// source returns the data set of a branch, which CheckStrategyPlan made sure of.
func (a *Pipeline) source(s core.Source) *data.Dataset {
	switch s {
	case core.Labeled:
		return a.Data.Labeled
	case core.Unlabeled:
		return a.Data.Unlabeled
	}
	if a.Data.everything == nil {
		var sets []*data.Dataset
		for _, set := range []*data.Dataset{a.Data.Labeled, a.Data.Unlabeled} {
			if set != nil {
				sets = append(sets, set)
			}
		}
		a.Data.everything = data.Everything(sets...)
	}
	return a.Data.everything
}
