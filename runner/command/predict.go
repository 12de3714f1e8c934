package command

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"montage/runner/metric"
	"montage/runner/predict"
	"montage/runner/report"
)

// prediction is one call of predict.
type prediction struct {
	*app
	form string
	top  int
	use
}

func (a *app) predictCommand() *cobra.Command {
	x := &prediction{app: a}
	c := &cobra.Command{
		Use: "predict RUN PATH...", Short: "Predict the classes of folders of frames, images, videos or label files",
		Args: cobra.MinimumNArgs(2), RunE: ran(x.run),
	}
	c.Flags().StringVar(&x.form, "format", "", "table, csv or json (default: table on a terminal, else csv)")
	c.Flags().IntVar(&x.top, "top", 5, "classes to show in the table")
	x.use.flags(c)
	return c
}

func (x *prediction) run(ctx context.Context, args []string) error {
	if x.form == "" {
		x.form = "csv"
		if terminal(x.Stdout) {
			x.form = "table"
		}
	}
	write, ok := map[string]func(report.RunSummary) error{"table": x.table, "csv": x.csv, "json": x.json}[x.form]
	if !ok {
		return callError{fmt.Errorf("--format %q is not table, csv or json", x.form)}
	}
	built, _, err := x.load(ctx, x.app, args[0])
	if err != nil {
		return err
	}
	defer x.plugins.session.Close()
	set, err := x.paths(ctx, built, args[1:])
	if err != nil {
		return err
	}
	scores, err := x.score(ctx, built, set)
	if err != nil {
		return err
	}
	return write(scored(built.Spec.Name, built.Classes, built.Spec.Eval.Threshold, scores))
}

func scored(name string, classes []string, threshold float64, s predict.Scores) report.RunSummary {
	return report.RunSummary{Name: name, Classes: classes, IDs: s.IDs, Scores: s.Probabilities, Threshold: threshold}
}

func (x *prediction) csv(r report.RunSummary) error { return r.WriteCSV(x.Stdout) }

// guess is a class with its score.
type guess struct {
	Class string  `json:"class"`
	Score float32 `json:"score"`

	column int // of the class
}

// guesses sorts a row by falling score, equal ones by class.
func guesses(r report.RunSummary, row int) []guess {
	out := make([]guess, len(r.Classes))
	for k, score := range r.Scores.Row(row) {
		out[k] = guess{Class: r.Classes[k], Score: score, column: k}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out
}

func (x *prediction) table(r report.RunSummary) error {
	w := tabwriter.NewWriter(x.Stdout, 0, 0, 2, ' ', 0)
	for i, id := range r.IDs {
		fmt.Fprint(w, id)
		for _, g := range guesses(r, i)[:min(max(x.top, 1), len(r.Classes))] {
			fmt.Fprintf(w, "\t%s %.2f", g.Class, g.Score)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func (x *prediction) json(r report.RunSummary) error {
	type line struct {
		ID     string   `json:"id"`
		Labels []string `json:"labels"` // the likeliest first, as in Scores
		Scores []guess  `json:"scores"`
	}
	predicted, err := metric.Above(r.Scores, r.Threshold)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(x.Stdout)
	for i, id := range r.IDs {
		l := line{ID: id, Labels: []string{}, Scores: guesses(r, i)}
		for _, g := range l.Scores {
			if predicted.Has(i, g.column) {
				l.Labels = append(l.Labels, g.Class)
			}
		}
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("print predictions: %w", err)
		}
	}
	return nil
}
