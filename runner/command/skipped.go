package command

import (
	"cmp"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/pipeline"
	"montage/runner/run"
)

// skipList keeps the list of what a run left out up to date.
type skipList struct {
	*app
	built  *pipeline.Pipeline
	run    *run.Run
	listed int // frames of the loader that are in the list
}

// begin lists what opening the data left out.
func (l *skipList) begin() {
	var problems data.Problems
	for _, set := range []*data.Dataset{l.built.Data.Labeled, l.built.Data.Unlabeled, l.built.Data.Valid,
		l.built.Data.Test} {
		if set != nil {
			problems = append(problems, set.Skipped.Problems...)
		}
	}
	l.skip(l.run, problems)
	l.update()
}

// update lists the frames that did not decode since.
func (l *skipList) update() {
	if broken := l.built.Loader.Skipped(); len(broken) != l.listed {
		l.listed = len(broken)
		l.skip(l.run, broken)
	}
}

// skip adds to the list of what a run left out. A list that cannot be written is no reason to end a training.
func (a *app) skip(r *run.Run, problems data.Problems) {
	var files []run.LeftOut
	for _, p := range problems {
		files = append(files, run.LeftOut{File: cmp.Or(p.Path, p.File), Reason: p.Reason()})
	}
	if err := r.Skip(files); err != nil {
		a.log.Warn().Msg(hint.Text(err))
	}
}
