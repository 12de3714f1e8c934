// Package compare is the comparison of specs: which trainings it takes, which
// learning rates are picked, and the table of means and spreads that comes of it.
//
// The same rule holds for every spec: each rate factor is tried with the first seed,
// the one of the greatest mean average precision on the validation set after the
// last epoch is picked, and with it all seeds are trained. The test set is scored
// after training and never picks anything.
package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"montage/core/hint"
)

// Trial is one training of a comparison.
type Trial struct {
	// Scale is a factor on all learning rates of the spec.
	Scale float64 `json:"scale"`
	Seed  int     `json:"seed"`
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
	// Picked is the scale that was picked on the validation set.
	Picked float64 `json:"picked"`
	Trials []Trial `json:"trials"`
}

// Result is a whole comparison. The first entry is what the others are compared with.
type Result struct {
	Seeds  []int     `json:"seeds"`
	Scales []float64 `json:"scales"`
	// Rule is how classes are predicted for macro F1, as in a run's report.
	Rule    string  `json:"rule"`
	Entries []Entry `json:"entries"`
}

// Try trains with a scale and a seed, or finds that this was done.
type Try func(scale float64, seed int) (Trial, error)

// Run makes all trials of one spec. Of equal scores the smaller scale is picked; one
// scale alone needs no validation set.
func Run(name string, scales []float64, seeds []int, try Try) (Entry, error) {
	e := Entry{Name: name}
	for _, scale := range slices.Sorted(slices.Values(scales)) {
		t, err := try(scale, seeds[0])
		if err != nil {
			return e, err
		}
		e.Trials = append(e.Trials, t)
	}
	first, err := pick(e.Trials)
	if err != nil {
		return e, fmt.Errorf("%s: %w", name, err)
	}
	e.Picked = first.Scale
	for _, seed := range seeds[1:] {
		t, err := try(e.Picked, seed)
		if err != nil {
			return e, err
		}
		e.Trials = append(e.Trials, t)
	}
	return e, nil
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

// Counted returns the trials with the picked rate, one a seed, in the order of seeds.
// Trials that diverged are among them.
func (e Entry) Counted() (trials []Trial) {
	for _, t := range e.Trials {
		if t.Scale == e.Picked {
			trials = append(trials, t)
		}
	}
	return trials
}
