// Package metric scores multi-label predictions as scikit-learn does.
//
// Scores become a prediction by [TopK] or [Above]; [Evaluate] compares it with
// the truth; [Report] prints the result in the layout of scikit-learn's
// classification_report. The numbers equal those of scikit-learn 1.2 bit for bit,
// zero_division=0, down to the order of summation. (From 1.3 on scikit-learn
// computes F1 from counts; it may differ from ours in the last bit.)
package metric

import "fmt"

// Score holds the three ratios of a class or of an average, each in [0, 1], and
// the number of true labels behind them. A ratio whose denominator is zero is 0.
type Score struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1-score"`
	Support   int     `json:"support"`
}

// Result is how well a prediction agrees with the truth.
type Result struct {
	Classes  []Score // per class
	Micro    Score   // over all labels of all rows together
	Macro    Score   // mean over classes
	Weighted Score   // mean over classes, weighted by support
	Samples  Score   // mean over rows
}

// Evaluate compares a prediction with the truth. They must have the same number
// of rows and classes.
func Evaluate(truth, predicted Labels) (Result, error) {
	if err := sameSize(truth, predicted); err != nil {
		return Result{}, err
	}
	perClass := make([]counts, truth.Classes)
	perRow := make([]counts, truth.Rows)
	var all counts
	for i, want := range truth.on {
		seen := tally(want, predicted.on[i])
		perClass[i%truth.Classes].add(seen)
		perRow[i/truth.Classes].add(seen)
		all.add(seen)
	}
	classes, rows := scoreAll(perClass), scoreAll(perRow)
	result := Result{
		Classes:  classes,
		Micro:    all.score(),
		Macro:    average(classes, nil),
		Weighted: average(classes, supports(classes)),
		Samples:  average(rows, nil),
	}
	for _, s := range []*Score{&result.Macro, &result.Weighted, &result.Samples} {
		s.Support = all.actual
	}
	return result, nil
}

// counts are the sums that every ratio is made of.
type counts struct{ hit, predicted, actual int }

func tally(want, got bool) counts {
	return counts{hit: toInt(want && got), predicted: toInt(got), actual: toInt(want)}
}

func (c *counts) add(o counts) {
	c.hit += o.hit
	c.predicted += o.predicted
	c.actual += o.actual
}

func (c counts) score() Score {
	p, r := ratio(c.hit, c.predicted), ratio(c.hit, c.actual)
	f1 := 0.0
	if p+r != 0 {
		f1 = 2 * p * r / (p + r)
	}
	return Score{Precision: p, Recall: r, F1: f1, Support: c.actual}
}

func scoreAll(of []counts) []Score {
	scores := make([]Score, len(of))
	for i, c := range of {
		scores[i] = c.score()
	}
	return scores
}

// average takes the mean of each ratio, weighted if there are weights.
func average(scores []Score, weights []float64) Score {
	of := func(pick func(Score) float64) float64 {
		values := make([]float64, len(scores))
		for i, s := range scores {
			values[i] = pick(s)
		}
		return mean(values, weights)
	}
	return Score{
		Precision: of(func(s Score) float64 { return s.Precision }),
		Recall:    of(func(s Score) float64 { return s.Recall }),
		F1:        of(func(s Score) float64 { return s.F1 }),
	}
}

func supports(scores []Score) []float64 {
	weights := make([]float64, len(scores))
	for i, s := range scores {
		weights[i] = float64(s.Support)
	}
	return weights
}

func sameSize(truth, predicted Labels) error {
	if truth.Rows != predicted.Rows || truth.Classes != predicted.Classes {
		return fmt.Errorf("prediction of %d rows and %d classes, but truth of %d rows and %d classes",
			predicted.Rows, predicted.Classes, truth.Rows, truth.Classes)
	}
	return nil
}

func ratio(n, d int) float64 {
	if d == 0 {
		return 0
	}
	return float64(n) / float64(d)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
