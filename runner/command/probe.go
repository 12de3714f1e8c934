package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/layout"
	"montage/runner/output"
	"montage/runner/pipeline"
	"montage/runner/probe"
)

// probing is one call of probe.
type probing struct {
	*app
	config probe.Config
	use
}

func (a *app) probeCommand() *cobra.Command {
	x := &probing{app: a, config: probe.Default}
	c := &cobra.Command{
		Use: "probe RUN", Short: "Judge a run's features by a linear classifier and by nearest neighbours",
		Long: "Judge a run's features, without training them further, by a linear classifier and by a vote of the\n" +
			"nearest neighbours. Both learn from the labelled samples and are scored on the test set.\n" +
			"Without -s, also write the scores to RUN/probe.json.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.Float64Var(&x.config.C, "c", x.config.C,
		"inverse strength of the linear classifier's regularisation, as in scikit-learn")
	f.IntVar(&x.config.Neighbours, "k", x.config.Neighbours, "neighbours that vote, at most the labelled samples")
	f.Float64Var(&x.config.Temperature, "temperature", x.config.Temperature,
		"divides the neighbours' cosine similarities")
	x.use.flags(c)
	return c
}

func (x *probing) run(ctx context.Context, args []string) error {
	if err := x.config.Check(); err != nil {
		return callError{err}
	}
	built, r, err := x.load(ctx, x.app, args[0])
	if err != nil {
		return err
	}
	defer x.plugins.session.Close()
	l := layout.New(built.Spec.Data)
	if !l.Has(layout.Labeled) || !l.Has(layout.Test) {
		return callError{hint.With(errors.New("a probe needs labelled samples to learn from and a test set"),
			"-s data.labeled=path/to/train.csv -s data.test=path/to/test.csv")}
	}
	x.config.Threshold = built.Spec.Eval.Threshold
	bar := x.reading()
	l.Progress, l.VideoProgress = bar.sample, bar.video
	defer bar.clear()
	var sets [2]*data.Dataset
	roles := []layout.Role{layout.Labeled, layout.Test}
	for i, role := range roles {
		if sets[i], err = l.Open(ctx, role, built.Classes); err != nil {
			return interrupted(ctx, err)
		}
	}
	bar.clear()
	for i, role := range roles {
		pipeline.WarnSkipped(x.log, string(role), sets[i])
	}
	x.warn(l.Warnings)
	x.config.Neighbours = min(x.config.Neighbours, len(sets[0].Samples))
	result, err := x.probe(ctx, built, x.config, sets)
	if err != nil {
		return err
	}
	if len(x.sets) == 0 {
		if err := x.keep(filepath.Join(r.Dir, "probe.json"), result); err != nil {
			return err
		}
	}
	return x.printProbes(result)
}

func (x *probing) keep(path string, result probe.Result) error {
	text, err := json.MarshalIndent(struct {
		probe.Config
		probe.Result
	}{x.config, result}, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return output.Write(path, append(text, '\n'))
}

// probe learns from the first set and scores the second.
func (a *app) probe(ctx context.Context, built *pipeline.Pipeline, config probe.Config,
	sets [2]*data.Dataset) (probe.Result, error) {
	var labelled [2]probe.Set
	for i, set := range sets {
		bar := a.meter("features", "samples")
		f, err := built.Predictor.Features(ctx, set, core.UnitSample, bar.show)
		bar.clear()
		if err != nil {
			return probe.Result{}, interrupted(ctx, err)
		}
		labelled[i] = probe.Set{Rows: f.Rows, Targets: f.Targets}
	}
	a.reportBroken(built)
	return probe.Run(ctx, config, labelled[0], labelled[1])
}

func (x *probing) printProbes(r probe.Result) error {
	w := tabwriter.NewWriter(x.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROBE\tMEAN AVERAGE PRECISION\tMACRO F1")
	fmt.Fprintf(w, "linear\t%.4f\t%.4f\n", r.Linear.MAP, r.Linear.MacroF1)
	fmt.Fprintf(w, "%d nearest neighbours\t%.4f\t%.4f\n", x.config.Neighbours, r.Neighbours.MAP, r.Neighbours.MacroF1)
	return w.Flush()
}
