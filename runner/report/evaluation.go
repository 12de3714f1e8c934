package report

import (
	"fmt"
	"strconv"

	"montage/core/tensor"
	"montage/runner/metric"
)

// Evaluation is how well each way to predict did.
type Evaluation struct {
	Run       RunSummary
	Precision metric.Precision // of the scores, whatever the rule
	Rules     []Rule           // top-k in the run's order, then the threshold
}

// Rule is one way to make a prediction from scores, and its result.
type Rule struct {
	Name   string // "top 10" or "threshold 0.5"
	Report metric.Report
}

// Evaluate scores a run by each of its rules. Without targets, with a class name
// given twice or with tensors of another shape than IDs and Classes it is an error.
func Evaluate(run RunSummary) (Evaluation, error) {
	if err := run.check(); err != nil {
		return Evaluation{}, err
	}
	truth, err := metric.NewLabels(run.Targets)
	if err != nil {
		return Evaluation{}, err
	}
	precision, err := metric.AveragePrecision(truth, run.Scores)
	if err != nil {
		return Evaluation{}, err
	}
	evaluation := Evaluation{Run: run, Precision: precision}
	for _, way := range run.ways() {
		rule, err := way.evaluate(run, truth)
		if err != nil {
			return Evaluation{}, fmt.Errorf("%s: %w", way.name, err)
		}
		evaluation.Rules = append(evaluation.Rules, rule)
	}
	return evaluation, nil
}

// way makes a prediction from scores.
type way struct {
	name    string
	predict func(tensor.Tensor) (metric.Labels, error)
}

func (r RunSummary) ways() []way {
	var ways []way
	for _, k := range r.TopK {
		ways = append(ways, way{fmt.Sprintf("top %d", k), func(scores tensor.Tensor) (metric.Labels, error) {
			return metric.TopK(scores, k)
		}})
	}
	threshold := "threshold " + strconv.FormatFloat(r.Threshold, 'g', -1, 64)
	return append(ways, way{threshold, func(scores tensor.Tensor) (metric.Labels, error) {
		return metric.Above(scores, r.Threshold)
	}})
}

func (w way) evaluate(run RunSummary, truth metric.Labels) (Rule, error) {
	predicted, err := w.predict(run.Scores)
	if err != nil {
		return Rule{}, err
	}
	result, err := metric.Evaluate(truth, predicted)
	if err != nil {
		return Rule{}, err
	}
	report, err := metric.NewReport(run.Classes, result)
	return Rule{Name: w.name, Report: report}, err
}

// threshold is the last rule: it takes as many classes as there are.
func (e Evaluation) threshold() Rule { return e.Rules[len(e.Rules)-1] }
