// Package report writes what a run achieved on its test set: report.txt,
// report.json, report.html and predictions.csv.
//
// A report depends on its [RunSummary] alone, not on the clock or the machine: the same
// run gives the same bytes.
package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"montage/core/tensor"
	"montage/runner/output"
)

// RunSummary is the input of a report.
type RunSummary struct {
	Name      string        // of the spec
	Classes   []string      // K names, all different
	IDs       []string      // R sample ids
	Scores    tensor.Tensor // float32 [R, K]: probabilities in [0, 1]
	Targets   tensor.Tensor // float32 [R, K]: 0 or 1; zero where the truth is unknown
	TopK      []int         // one prediction each: the k classes of highest score
	Threshold float64       // one more prediction: the classes above this score
	Losses    []Measure     // mean training losses by branch, in the order of training
	Valid     []Measure     // mean average precisions on the validation set, in the order of training
	Skipped   int           // files that the run left out, which its skipped.csv lists
}

// Measure is what one epoch of a phase gave: the loss of a branch, or a score.
type Measure struct {
	Phase, Name string
	Epoch       int // from 1
	Value       float64
}

// Write evaluates a run and writes the four files into dir, which must exist. A
// file is replaced as a whole or not at all.
func Write(dir string, run RunSummary) (Evaluation, error) {
	evaluation, err := Evaluate(run)
	if err != nil {
		return Evaluation{}, fmt.Errorf("report of run %q: %w", run.Name, err)
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"report.txt", evaluation.WriteText},
		{"report.json", evaluation.WriteJSON},
		{"report.html", evaluation.WriteHTML},
		{"predictions.csv", run.WriteCSV},
	} {
		var content bytes.Buffer
		if err := file.write(&content); err != nil {
			return Evaluation{}, fmt.Errorf("%s: %w", file.name, err)
		}
		if err := output.Write(filepath.Join(dir, file.name), content.Bytes()); err != nil {
			return Evaluation{}, err
		}
	}
	return evaluation, nil
}

// check compares the run's fields with each other; metric checks the values.
func (r RunSummary) check() error {
	rows, classes := len(r.IDs), len(r.Classes)
	shape := []int{rows, classes}
	var wrong []error
	if r.Scores.DType != tensor.Float32 || !tensor.SameShape(r.Scores.Shape, shape) {
		wrong = append(wrong, fmt.Errorf("scores: expected float32%v for %d ids and %d classes, got %v", shape, rows,
			classes, r.Scores))
	}
	if !r.Targets.IsZero() && (r.Targets.DType != tensor.Float32 || !tensor.SameShape(r.Targets.Shape, shape)) {
		wrong = append(wrong, fmt.Errorf("targets: expected float32%v for %d ids and %d classes, got %v", shape, rows,
			classes, r.Targets))
	}
	return errors.Join(wrong...)
}
