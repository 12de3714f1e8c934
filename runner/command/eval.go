package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/checkpoint"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/layout"
	"montage/runner/pipeline"
	"montage/runner/predict"
	"montage/runner/report"
	"montage/runner/run"
)

// evaluate scores the test set, writes the report and prints it.
// The report goes into dir, the run's own folder or another.
func (a *app) evaluate(ctx context.Context, built *pipeline.Pipeline, r *run.Run, dir string) error {
	scores, err := a.score(ctx, built, built.Data.Test)
	if err != nil {
		return err
	}
	if missing := len(built.Data.Test.Samples) - len(scores.IDs); missing > 0 {
		a.log.Warn().Int("samples", missing).Msg("not scored: no frame of theirs could be read")
	}
	epochs, err := r.Records()
	if err != nil {
		return err
	}
	if dir == r.Dir {
		a.skip(r, append(slices.Clone(built.Data.Test.Skipped.Problems), built.Loader.Skipped()...))
	}
	skipped, err := r.Skipped()
	if err != nil {
		return err
	}
	losses, valid := measures(epochs)
	written, err := report.Write(dir, report.RunSummary{
		Name: built.Spec.Name, Classes: built.Classes, IDs: scores.IDs, Scores: scores.Probabilities,
		Targets: scores.Targets,
		TopK:    built.Spec.Eval.TopK, Threshold: built.Spec.Eval.Threshold, Losses: losses, Valid: valid,
		Skipped: len(skipped),
	})
	if err != nil {
		return err
	}
	if err := written.WriteText(a.Stdout); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	a.log.Info().Str("folder", dir).Int("samples", len(scores.IDs)).Msg("evaluated; report.txt, report.json, " +
		"report.html and predictions.csv are in the folder")
	return nil
}

func (a *app) score(ctx context.Context, built *pipeline.Pipeline, set *data.Dataset) (predict.Scores, error) {
	bar := a.meter("predicting", "samples")
	scores, err := built.Predictor.Run(ctx, set, bar.show)
	bar.clear()
	a.reportBroken(built)
	return scores, interrupted(ctx, err)
}

// reportBroken warns of the frames found so far that do not decode.
func (a *app) reportBroken(built *pipeline.Pipeline) {
	if broken := built.Loader.Skipped(); len(broken) > 0 {
		a.log.Warn().Int("frames", len(broken)).Str("first", broken[0].String()).
			Msg("left out frames that do not decode")
	}
}

// measures returns what the report draws: losses by branch, and scores on the
// validation set of the classifier and of the probes.
func measures(epochs []engine.EpochReport) (losses, valid []report.Measure) {
	for _, e := range epochs {
		of := func(name string, value float64) report.Measure {
			return report.Measure{Phase: e.Phase, Name: name, Epoch: e.Epoch, Value: value}
		}
		for _, branch := range slices.Sorted(maps.Keys(e.Losses)) {
			losses = append(losses, of(branch, e.Losses[branch]))
		}
		if e.Score != nil {
			valid = append(valid, of("classifier", *e.Score))
		}
		for _, probe := range slices.Sorted(maps.Keys(e.Probe)) {
			valid = append(valid, of(strings.TrimSuffix(probe, "_map")+" probe", e.Probe[probe]))
		}
	}
	return losses, valid
}

// evaluation is one call of eval.
type evaluation struct {
	*app
	out string
	use
}

// use holds the flags of commands that use a run's model.
type use struct {
	link string
	sets []string
	plugins
}

func (u *use) flags(c *cobra.Command) {
	c.Flags().StringVar(&u.link, "checkpoint", "last", "checkpoint to use: last or best")
	c.Flags().StringArrayVarP(&u.sets, "set", "s", nil, "override a key of the run's spec: -s data.test=other/test.csv")
	u.plugins.flags(c)
}

func (a *app) evalCommand() *cobra.Command {
	x := &evaluation{app: a}
	c := &cobra.Command{Use: "eval RUN", Short: "Score a run's test set and write its report again",
		Args: cobra.ExactArgs(1), RunE: ran(x.run)}
	x.use.flags(c)
	c.Flags().StringVar(&x.out, "out", "", "folder for the report; required with -s (default RUN)")
	return c
}

func (x *evaluation) run(ctx context.Context, args []string) error {
	if x.out == "" && len(x.sets) > 0 {
		return callError{hint.With(errors.New("-s would replace the run's report by another"),
			"name a folder for it: --out DIR")}
	}
	if x.out != "" {
		if err := free(x.out); err != nil {
			return err
		}
	}
	built, r, err := x.load(ctx, x.app, args[0])
	if err != nil {
		return err
	}
	defer x.plugins.session.Close()
	l := layout.New(built.Spec.Data)
	if !l.Has(layout.Test) {
		return callError{hint.With(errors.New("the run's spec names no test set"), "-s data.test=path/to/test.csv")}
	}
	bar := x.reading()
	l.Progress, l.VideoProgress = bar.sample, bar.video
	set, err := l.Open(ctx, layout.Test, built.Classes)
	bar.clear()
	x.warn(l.Warnings)
	if err != nil {
		return interrupted(ctx, err)
	}
	pipeline.WarnSkipped(x.log, string(layout.Test), set)
	built.Data.Test = set
	if x.out == "" {
		return x.evaluate(ctx, built, r, r.Dir)
	}
	if err := os.MkdirAll(x.out, 0o755); err != nil {
		return fmt.Errorf("folder of the report: %w", err)
	}
	return x.evaluate(ctx, built, r, x.out)
}

// paths opens what a user names.
func (a *app) paths(ctx context.Context, built *pipeline.Pipeline, paths []string) (*data.Dataset, error) {
	bar, of := a.reading(), built.Spec.Data
	set, err := layout.OpenPaths(ctx, paths, layout.Source{OnError: data.OnError(of.OnError), Video: of.Video,
		Features: of.Features, Progress: bar.sample, VideoProgress: bar.video})
	bar.clear()
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	a.warn(set.Warnings)
	pipeline.WarnSkipped(a.log, "paths", set)
	return set, nil
}

// warn logs what is to know of data sets.
func (a *app) warn(warnings data.Problems) {
	for _, w := range warnings {
		a.log.Warn().Msg(hint.Text(w))
	}
}

// free refuses a folder for results that holds something, which is the caller's mistake.
func free(dir string) error {
	if err := run.Free(dir); err != nil {
		return callError{err}
	}
	return nil
}

// load makes the predicting part of a run and fills it from a checkpoint. The
// session is open afterwards unless there is an error.
func (u *use) load(ctx context.Context, a *app, dir string) (*pipeline.Pipeline, *run.Run, error) {
	r, err := run.Open(dir)
	if err != nil {
		return nil, nil, callError{err}
	}
	if u.link != "last" && u.link != "best" {
		return nil, nil, callError{fmt.Errorf("--checkpoint %q is not last or best", u.link)}
	}
	s, problems := spec.Load(r.Spec(), u.sets)
	if err := problems.Err(); err != nil {
		return nil, nil, err
	}
	content, facts, err := r.Load(u.link)
	if errors.Is(err, checkpoint.ErrNone) {
		return nil, nil, callError{hint.With(err, "the best is kept where the spec names a validation set, "+
			"data.valid; the last from the first epoch on")}
	}
	if err != nil {
		return nil, nil, err
	}
	session, err := u.plugins.open(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: a.log, Predict: true,
		Classes: facts.Classes})
	if err == nil {
		err = built.Build()
	}
	if err == nil {
		err = restore(built, content)
	}
	if err != nil {
		session.Close()
		return nil, nil, interrupted(ctx, err)
	}
	return built, r, nil
}

// restore fills every module from a checkpoint.
func restore(built *pipeline.Pipeline, content checkpoint.Content) error {
	for _, m := range built.Modules() {
		if err := engine.RestoreModule(m, content); err != nil {
			return err
		}
	}
	return nil
}
