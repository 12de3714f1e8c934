package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"montage/core/spec"
	"montage/runner/assembly"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/predict"
	"montage/runner/report"
	"montage/runner/run"
)

// evaluate scores the test set, writes the report and prints it.
func (a *app) evaluate(ctx context.Context, asm *assembly.Assembly, r *run.Run) error {
	scores, err := a.score(ctx, asm, asm.Data.Test)
	if err != nil {
		return err
	}
	epochs, err := r.Records()
	if err != nil {
		return err
	}
	written, err := report.Write(r.Dir, report.Run{
		Name: asm.Spec.Name, Classes: asm.Classes, IDs: scores.IDs, Scores: scores.Probabilities, Targets: scores.Targets,
		TopK: asm.Spec.Eval.TopK, Threshold: asm.Spec.Eval.Threshold, Losses: curve(epochs),
	})
	if err != nil {
		return err
	}
	if err := written.WriteText(a.Stdout); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	a.log.Info().Str("run", r.Dir).Int("trailers", len(scores.IDs)).Msg("evaluated; report.txt, report.json, report.html and predictions.csv are in the run")
	return nil
}

func (a *app) score(ctx context.Context, asm *assembly.Assembly, set *data.Dataset) (predict.Scores, error) {
	bar := a.meter("predicting", "trailers")
	scores, err := asm.Predictor.Run(ctx, set, bar.show)
	bar.clear()
	if broken := asm.Loader.Skipped(); len(broken) > 0 {
		a.log.Warn().Int("frames", len(broken)).Str("first", broken[0].String()).Msg("left out frames that do not decode")
	}
	return scores, interrupted(ctx, err)
}

func curve(epochs []engine.EpochReport) (losses []report.Loss) {
	for _, e := range epochs {
		for branch, value := range e.Losses {
			losses = append(losses, report.Loss{Phase: e.Phase, Branch: branch, Epoch: e.Epoch, Value: value})
		}
	}
	return losses
}

// evaluation is one call of eval.
type evaluation struct {
	*app
	use
}

// use is what eval and predict share: a run whose model is used.
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
	c := &cobra.Command{Use: "eval RUN", Short: "Score a run's test set and write its report again", Args: cobra.ExactArgs(1), RunE: ran(x.run)}
	x.use.flags(c)
	return c
}

func (x *evaluation) run(ctx context.Context, args []string) error {
	asm, r, err := x.load(ctx, x.app, args[0])
	if err != nil {
		return err
	}
	defer x.plugins.session.Close()
	if asm.Spec.Data.Test == "" {
		return callError{errors.New("the run's spec names no test set\nhint: -s data.test=path/to/test.csv")}
	}
	bar := x.meter("reading data", "trailers")
	set, err := data.Open(ctx, data.Source{Path: asm.Spec.Data.Test, Labeled: true, Classes: asm.Classes, OnError: data.OnError(asm.Spec.Data.OnError), Progress: bar.show})
	bar.clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	asm.Data.Test = set
	return x.evaluate(ctx, asm, r)
}

// load assembles the predicting part of a run and fills it from a checkpoint. The
// session is open afterwards unless there is an error.
func (u *use) load(ctx context.Context, a *app, dir string) (*assembly.Assembly, *run.Run, error) {
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
	content, classes, err := r.Load(u.link)
	if err != nil {
		return nil, nil, err
	}
	session, err := u.plugins.open(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	asm, err := assembly.New(ctx, assembly.Config{Spec: s, Plugins: session, Log: a.log, Predict: true, Classes: classes})
	if err == nil {
		err = asm.Build()
	}
	for _, part := range parts(asm, err) {
		if err == nil {
			err = engine.RestorePart(part, content)
		}
	}
	if err != nil {
		session.Close()
		return nil, nil, interrupted(ctx, err)
	}
	return asm, r, nil
}
