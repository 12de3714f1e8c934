// Package probe evaluates frozen features with a linear classifier and a vote of the nearest
// neighbours. This is the usual way to compare backbones that were pretrained without
// labels, since Zhang et al. 2016 and Wu et al. 2018.
package probe

import (
	"context"
	"fmt"
	"math"

	"montage/core/tensor"
	"montage/runner/metric"
)

// Set is labelled features.
type Set struct {
	// Rows: float32 [R,D]. Targets: float32 [R,K], every element 0 or 1.
	Rows, Targets tensor.Tensor
}

// Config says how to probe.
type Config struct {
	// C is the inverse regularisation strength of the linear classifier, as in
	// scikit-learn's LogisticRegression.
	C float64 `json:"c"`
	// Neighbours is how many vote, at most those there are. Temperature divides their
	// cosine similarities.
	Neighbours  int     `json:"k"`
	Temperature float64 `json:"temperature"`
	// Threshold is the score above which a class is predicted, for the F1; see metric.Above.
	Threshold float64 `json:"threshold"`
}

// Default is scikit-learn's C, and the vote of Wu et al. 2018 with the 20 neighbours
// that suit small sets.
var Default = Config{C: 1, Neighbours: 20, Temperature: 0.07, Threshold: 0.5}

// Check reports numbers that no probe can work with.
func (c Config) Check() error {
	switch {
	case !(c.C > 0) || math.IsInf(c.C, 1):
		return fmt.Errorf("c is %g, expected a finite number more than 0", c.C)
	case c.Neighbours < 1:
		return fmt.Errorf("%d neighbours, expected 1 or more", c.Neighbours)
	case !(c.Temperature > 0) || math.IsInf(c.Temperature, 1):
		return fmt.Errorf("the temperature is %g, expected a finite number more than 0", c.Temperature)
	}
	return nil
}

// Score is how well a probe predicted the classes of the test rows.
type Score struct {
	// MAP is the mean average precision over the Defined classes that have test rows.
	MAP     float64 `json:"map"`
	MacroF1 float64 `json:"macro_f1"`
	Defined int     `json:"defined_classes"`
}

// Result is what both probes scored.
type Result struct {
	Linear     Score `json:"linear"`
	Neighbours Score `json:"neighbours"`
}

// Run learns from one set and scores the other. The linear probe takes seconds for
// each class of some thousand rows of 2,048 features.
func Run(ctx context.Context, c Config, train, test Set) (Result, error) {
	if err := c.Check(); err != nil {
		return Result{}, err
	}
	if len(train.Rows.Shape) != 2 || len(test.Rows.Shape) != 2 || train.Rows.Shape[1] != test.Rows.Shape[1] ||
		len(train.Targets.Shape) != 2 || train.Targets.Shape[0] != train.Rows.Shape[0] {
		return Result{}, fmt.Errorf("features %v with targets %v, and test features %v: expected [R,D], [R,K] and "+
			"[T,D]", train.Rows.Shape, train.Targets.Shape, test.Rows.Shape)
	}
	truth, err := metric.NewLabels(test.Targets)
	if err != nil {
		return Result{}, fmt.Errorf("test set: %w", err)
	}
	if _, err := metric.NewLabels(train.Targets); err != nil {
		return Result{}, fmt.Errorf("training set: %w", err)
	}
	linear, err := linear(ctx, c.C, train, test.Rows)
	if err != nil {
		return Result{}, fmt.Errorf("linear probe: %w", err)
	}
	var r Result
	if r.Linear, err = c.score(truth, linear); err != nil {
		return Result{}, fmt.Errorf("linear probe: %w", err)
	}
	if r.Neighbours, err = c.score(truth, neighbours(c, train, test.Rows)); err != nil {
		return Result{}, fmt.Errorf("neighbours: %w", err)
	}
	return r, nil
}

func (c Config) score(truth metric.Labels, scores tensor.Tensor) (Score, error) {
	precision, err := metric.AveragePrecision(truth, scores)
	if err != nil {
		return Score{}, err
	}
	if precision.Defined == 0 {
		return Score{}, fmt.Errorf("no class has an example among the %d test rows", truth.Rows)
	}
	predicted, err := metric.Above(scores, c.Threshold)
	if err != nil {
		return Score{}, err
	}
	result, err := metric.Evaluate(truth, predicted)
	if err != nil {
		return Score{}, err
	}
	return Score{MAP: precision.Mean, MacroF1: result.Macro.F1, Defined: precision.Defined}, nil
}
