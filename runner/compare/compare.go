// Package compare is the comparison of specs: which trainings it takes, which
// learning rates are picked, and the table of means and spreads that comes of it.
//
// The same rule holds for every spec: each rate factor is tried with the first seed,
// the one of the greatest mean average precision on the validation set after the
// last epoch is picked, and with it all seeds are trained. The test set is scored
// after training and never picks anything. Of folds each picks for itself, because a
// fold's validation samples are another's test samples.
package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"montage/core/hint"
)

// Setting is what a training is made with.
type Setting struct {
	// Scale is a factor on all learning rates of the spec.
	Scale float64 `json:"scale"`
	// Fold is 0 in a comparison without folds.
	Fold int `json:"fold"`
	Seed int `json:"seed"`
}

// Trial is one training of a comparison.
type Trial struct {
	Setting
	// Run is the folder of the run.
	Run string `json:"run"`
	Outcome
}

// Outcome is what a training came to.
type Outcome struct {
	// Diverged reports whether training ended in NaN or infinity; all else is then zero.
	Diverged bool `json:"diverged,omitempty"`
	// Valid is the mean average precision on the validation set after the last
	// epoch, nil without such a set.
	Valid *float64 `json:"valid_map,omitempty"`
	// MAP is the mean average precision on the test set; F1 are the macro F1 there by
	// the rule of prediction.
	MAP float64            `json:"test_map"`
	F1  map[string]float64 `json:"test_macro_f1"`
	// Steps counts the steps of each branch, over all phases.
	Steps   map[string]int `json:"steps"`
	Seconds float64        `json:"seconds"`
}

// Entry is one spec with all its trials.
type Entry struct {
	Name string `json:"name"`
	// Picked has the scale that was picked on the validation set: one, or one a fold.
	Picked []float64 `json:"picked"`
	Trials []Trial   `json:"trials"`
}

// Design is what each spec is trained with.
type Design struct {
	// Folds is the number of folds, 0 for the data sets as the spec names them.
	Folds  int       `json:"folds"`
	Seeds  []int     `json:"seeds"`
	Scales []float64 `json:"scales"`
}

// Count returns the number of trainings of a spec.
func (d Design) Count() int { return max(1, d.Folds) * (len(d.Scales) + len(d.Seeds) - 1) }

// Result is a whole comparison. The first entry is what the others are compared with.
type Result struct {
	Design
	// Rule is how classes are predicted for macro F1, as in a run's report.
	Rule    string  `json:"rule"`
	Entries []Entry `json:"entries"`
}

// Try trains with a setting, or finds that this was done.
type Try func(Setting) (Trial, error)

// Run makes all trials of one spec, fold by fold. Of equal scores the smaller scale is
// picked; one scale alone needs no validation set.
func Run(name string, d Design, try Try) (Entry, error) {
	e := Entry{Name: name}
	for fold := range max(1, d.Folds) {
		if err := e.run(d, fold, try); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e *Entry) run(d Design, fold int, try Try) error {
	from := len(e.Trials)
	add := func(scale float64, seed int) error {
		t, err := try(Setting{Scale: scale, Fold: fold, Seed: seed})
		if err == nil {
			e.Trials = append(e.Trials, t)
		}
		return err
	}
	for _, scale := range slices.Sorted(slices.Values(d.Scales)) {
		if err := add(scale, d.Seeds[0]); err != nil {
			return err
		}
	}
	first, err := pick(e.Trials[from:])
	if err != nil {
		if d.Folds > 0 {
			err = fmt.Errorf("fold %d: %w", fold, err)
		}
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	e.Picked = append(e.Picked, first.Scale)
	for _, seed := range d.Seeds[1:] {
		if err := add(first.Scale, seed); err != nil {
			return err
		}
	}
	return nil
}

func pick(trials []Trial) (Trial, error) {
	best, score := -1, math.Inf(-1)
	for i, t := range trials {
		switch {
		case t.Diverged:
			continue
		case t.Valid == nil && len(trials) > 1:
			return Trial{}, hint.With(errors.New("no score on a validation set to pick a rate by"),
				"name one in the spec, data.valid, or give one --scale")
		case t.Valid == nil:
			return t, nil
		}
		if *t.Valid > score {
			best, score = i, *t.Valid
		}
	}
	if best < 0 {
		return Trial{}, hint.With(errors.New("training diverged with every rate"),
			"try smaller ones, such as --scale 0.03,0.1")
	}
	return trials[best], nil
}

// Counted returns the trials with the picked rates, one a fold and seed, in their order.
// Trials that diverged are among them.
func (e Entry) Counted() (trials []Trial) {
	for _, t := range e.Trials {
		if t.Scale == e.Picked[t.Fold] {
			trials = append(trials, t)
		}
	}
	return trials
}
