package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/layout"
)

// Datasets are the data sets that the spec names, nil where it names none.
type Datasets struct {
	Labeled, Unlabeled, Test, Valid *data.Dataset
	everything                      *data.Dataset
}

// of returns where the data set of a role is kept.
func (d *Datasets) of(role layout.Role) **data.Dataset {
	return map[layout.Role]**data.Dataset{layout.Labeled: &d.Labeled, layout.Unlabeled: &d.Unlabeled,
		layout.Valid: &d.Valid, layout.Test: &d.Test}[role]
}

// openData opens and checks all data sets, so that every problem of any of them
// is known before training starts.
func (p *Pipeline) openData(ctx context.Context) (err error) {
	if p.Predict {
		return nil
	}
	l := layout.New(p.Spec.Data)
	l.Progress, l.VideoProgress = p.Progress, p.VideoProgress
	if err := p.setWidth(l); err != nil {
		return err
	}
	if p.Classes, err = l.Classes(ctx); err != nil {
		return err
	}
	var problems data.Problems
	for _, role := range layout.Roles {
		if role.Judges() && !l.Has(layout.Labeled) {
			continue // there is no classifier to judge
		}
		var found data.Problems
		set := p.Data.of(role)
		if *set, err = l.Open(ctx, role, p.Classes); errors.As(err, &found) {
			problems = problems.With(found) // one file may hold several data sets
		} else if err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return problems
	}
	if err := p.probeData().Err(); err != nil {
		return err
	}
	p.Spec.Found = map[core.Source]bool{core.Unlabeled: p.Data.Unlabeled != nil}
	p.Found = l.Found
	for _, w := range l.Warnings {
		p.Warnings = append(p.Warnings, spec.Problem{Pos: p.Spec.PosOf("data"), Message: w.String(), Hint: w.Hint})
	}
	for _, role := range layout.Roles {
		WarnSkipped(p.Log, string(role), *p.Data.of(role))
	}
	p.warnOverlap()
	return nil
}

// probeData reports phases that probe features without data to do so. The spec reports what
// it does not name; a split may have no row of it.
func (p *Pipeline) probeData() (problems spec.Problems) {
	for _, phase := range p.Spec.Phases {
		for _, role := range []layout.Role{layout.Labeled, layout.Valid} {
			if phase.ProbeEvery > 0 && *p.Data.of(role) == nil {
				problems = append(problems, spec.Problem{Pos: p.Spec.PosOf("phase." + phase.Name + ".probe_every"),
					Message: fmt.Sprintf("phase %s probes its features, but there are no %s samples", phase.Name, role),
					Hint:    fmt.Sprintf("data.%s = \"…\", or leave probe_every out", role)})
			}
		}
	}
	return problems
}

// WarnSkipped warns of what was left out of a data set, nil for none, if anything was.
func WarnSkipped(log zerolog.Logger, name string, set *data.Dataset) {
	if set == nil {
		return
	}
	if left := set.Skipped; left.Samples+left.Frames > 0 {
		log.Warn().Str("data", name).Int("samples", left.Samples).Int("frames", left.Frames).
			Str("first", left.Problems[0].String()).Msg("left out what cannot be read")
	}
}

// checkSome decodes some frames of each data set before training does.
func (p *Pipeline) checkSome(ctx context.Context) error {
	if p.Predict {
		return nil
	}
	err := p.Loader.CheckSome(ctx, p.Data.Labeled, p.Data.Unlabeled, p.Data.Valid, p.Data.Test)
	if broken := p.Loader.Skipped(); len(broken) > 0 {
		p.Log.Warn().Int("frames", len(broken)).Str("first", broken[0].String()).
			Msg("some of the frames that were tried do not decode and are left out; runner data check tries all")
	}
	return err
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
