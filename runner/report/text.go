package report

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// digits is the number of decimals: with rare classes two are too few.
const digits = 4

// Summary returns the head of the report: what was scored, and a line per rule.
func (e Evaluation) Summary() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d examples, %d classes\n", e.Run.Name, len(e.Run.IDs), len(e.Run.Classes))
	fmt.Fprintf(&text, "mean average precision %s over the %d classes with examples\n", ratio(e.Precision.Mean),
		e.Precision.Defined)
	if e.Run.Skipped > 0 {
		fmt.Fprintf(&text, "%s\n", e.Run.leftOut())
	}
	text.WriteString("precision and recall in this table are micro averages\n\n")
	width := len("prediction")
	for _, rule := range e.Rules {
		width = max(width, len(rule.Name))
	}
	fmt.Fprintf(&text, "%-*s  %9s %9s %9s %9s %11s %10s\n", width, "prediction",
		"precision", "recall", "micro f1", "macro f1", "weighted f1", "samples f1")
	for _, rule := range e.Rules {
		r := rule.Report
		fmt.Fprintf(&text, "%-*s  %9s %9s %9s %9s %11s %10s\n", width, rule.Name, ratio(r.Micro.Precision),
			ratio(r.Micro.Recall), ratio(r.Micro.F1), ratio(r.Macro.F1), ratio(r.Weighted.F1), ratio(r.Samples.F1))
	}
	return text.String()
}

// WriteText writes the summary and then, per rule, the table that scikit-learn's
// classification_report prints.
func (e Evaluation) WriteText(w io.Writer) error {
	if _, err := io.WriteString(w, e.Summary()); err != nil {
		return err
	}
	for _, rule := range e.Rules {
		if _, err := fmt.Fprintf(w, "\n\n%s\n\n%s", rule.Name, rule.Report.Text(digits)); err != nil {
			return err
		}
	}
	return nil
}

func ratio(x float64) string {
	if math.IsNaN(x) {
		return "n/a"
	}
	return fmt.Sprintf("%.*f", digits, x)
}

// leftOut says how many files the run left out.
func (r RunSummary) leftOut() string {
	files := "files"
	if r.Skipped == 1 {
		files = "file"
	}
	return fmt.Sprintf("left out, since they cannot be read: %d %s, listed in skipped.csv", r.Skipped, files)
}
