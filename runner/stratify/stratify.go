// Package stratify divides labelled samples into parts that resemble each other: training,
// validation and test samples, folds, and few labelled among many unlabelled samples.
// Samples may have several labels, and groups of samples stay together.
//
//	Plan.Divide  divides samples, once or in folds
//	Encode       writes the divisions as the file that [data.split] reads
//	NewTable     counts the samples of each class in each part
//
// testdata/fixtures.py has Python's packages divide the same samples into five folds.
// Means of five seeds, as "go test -v -run Peers ./runner/stratify" prints them, of the
// error of label frequencies (LD of Sechidis et al. 2011) and of the sizes of folds:
//
//	85 classes, 2,000 samples   0.00093, 0    iterative-stratification 0.00230, 8.16
//	the same, order 2, pairs    0.00107, 0    scikit-multilearn        0.00141, 8.08
//	8 classes in 90 groups      0.00391, 0.5  StratifiedGroupKFold     0.00551, 3.0
//
// Their algorithms end where the exchanges here begin.
package stratify

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"montage/core/hint"
	"montage/core/rng"
	"montage/runner/layout"
)

// Plan says what to divide samples into.
type Plan struct {
	// Valid and Test are shares of all samples. Labeled is the share of the others that
	// keep their labels; the rest become unlabelled samples. 0 of it leaves all labels.
	Valid, Test, Labeled Share
	// Folds is the number of divisions, each with another part of the samples to test on;
	// 0 makes one division.
	Folds int
	// Pairs balances pairs of labels too.
	Pairs bool
	Seed  uint64
}

// Division is the role of each sample in one division, "" for a sample that has none.
type Division []layout.Role

// Divide returns a division for each fold, or one. Samples that have a role keep it.
//
// The divisions follow from ids, labels, groups and the plan, not from the order of
// samples. Equal seeds give equal test samples whatever Labeled is, and those of
// validation too.
func (p Plan) Divide(samples []layout.Labelled) ([]Division, error) {
	var free []int
	for i, s := range samples {
		if s.Role == "" {
			free = append(free, i)
		}
	}
	if len(free) == 0 {
		return nil, hint.With(errors.New("no labelled sample is there to be divided"),
			"the label file gives labels; rows without any are unlabelled samples")
	}
	w := &work{Plan: p, samples: samples, total: len(free), words: newVocabulary(samples, p.Pairs),
		key: rng.New(p.Seed).Of("split")}
	if p.Folds == 0 {
		d := w.blank()
		if err := w.divideOnce(d, free, w.key); err != nil {
			return nil, err
		}
		return []Division{w.settle(d)}, nil
	}
	return w.divideFolds(free)
}

// work is one call of Divide.
type work struct {
	Plan
	samples []layout.Labelled
	total   int // of the samples to divide, of which shares are
	words   vocabulary
	key     rng.Key
}

// blank is a division of the roles that samples come with.
func (w *work) blank() Division {
	d := make(Division, len(w.samples))
	for i, s := range w.samples {
		d[i] = s.Role
	}
	return d
}

func (w *work) divideFolds(free []int) ([]Division, error) {
	if w.Folds < 2 {
		return nil, fmt.Errorf("--folds %d: folds are 2 or more", w.Folds)
	}
	if w.Test != 0 {
		return nil, hint.With(errors.New("folds have no share of test samples: every sample is tested once"),
			"leave out --test, or --folds")
	}
	sizes, roles := make([]int, w.Folds), make([]layout.Role, w.Folds)
	for f := range sizes {
		sizes[f] = (len(free)*(f+1))/w.Folds - len(free)*f/w.Folds
		roles[f] = layout.Role(fmt.Sprintf("fold %d", f))
	}
	fold := make(Division, len(w.samples))
	if err := w.parts(fold, free, sizes, roles, 0, w.key.Of("folds")); err != nil {
		return nil, err
	}
	var all []Division
	for f := range w.Folds {
		d := w.blank()
		var rest []int
		for _, i := range free {
			if fold[i] == roles[f] {
				d[i] = layout.Test
			} else {
				rest = append(rest, i)
			}
		}
		if err := w.divideOnce(d, rest, w.key.At(uint64(f))); err != nil {
			return nil, fmt.Errorf("fold %d: %w", f, err)
		}
		all = append(all, w.settle(d))
	}
	return all, nil
}

// divideOnce divides samples into training, validation and test samples.
func (w *work) divideOnce(d Division, free []int, key rng.Key) error {
	sizes, roles := []int{len(free)}, []layout.Role{layout.Labeled}
	for _, part := range []struct {
		share Share
		role  layout.Role
	}{{w.Valid, layout.Valid}, {w.Test, layout.Test}} {
		n, err := part.share.of(w.total, part.role)
		if err != nil {
			return err
		}
		if n > 0 {
			sizes, roles = append(sizes, n), append(roles, part.role)
			sizes[0] -= n
		}
	}
	if sizes[0] < 1 {
		return hint.With(fmt.Errorf("no sample is left to train on: the other parts take all %d", len(free)),
			"make --valid and --test smaller")
	}
	if err := w.parts(d, free, sizes, roles, len(w.words.labels), key.Of("parts")); err != nil {
		return err
	}
	return w.divideLabels(d, free, key)
}

// divideLabels takes the labels of most training samples away.
func (w *work) divideLabels(d Division, free []int, key rng.Key) error {
	train := slices.DeleteFunc(slices.Clone(free), func(i int) bool { return d[i] != layout.Labeled })
	n, err := w.Labeled.of(len(train), layout.Labeled)
	if err != nil || n == 0 {
		return err
	}
	if n >= len(train) {
		return hint.With(fmt.Errorf("%d labelled samples were asked for, and %d are there to train on", n, len(train)),
			"--labeled is less than that: the others become unlabelled")
	}
	return w.parts(d, train, []int{n, len(train) - n}, []layout.Role{layout.Labeled, layout.Unlabeled},
		len(w.words.labels), key.Of("labeled"))
}

const groupHint = "a group stays together: take fewer or larger parts, or another column of groups"

// parts gives samples their roles, so many to each.
func (w *work) parts(d Division, of []int, sizes []int, roles []layout.Role, protects int, key rng.Key) error {
	units := w.words.units(w.samples, of)
	if len(units) < len(sizes) {
		if len(units) == len(of) {
			return fmt.Errorf("%d samples cannot be divided into %d parts", len(of), len(sizes))
		}
		return hint.With(fmt.Errorf("%d samples in %d groups cannot be divided into %d parts", len(of), len(units),
			len(sizes)), groupHint)
	}
	got := map[layout.Role]int{}
	for u, part := range divide(units, sizes, w.words.size(), protects, key) {
		for _, i := range units[u].members {
			d[i] = roles[part]
		}
		got[roles[part]] += len(units[u].members)
	}
	for j, role := range roles {
		if got[role] == 0 {
			return hint.With(fmt.Errorf("no group is small enough for the %d samples of part %s", sizes[j], role),
				groupHint)
		}
	}
	return nil
}

// settle takes samples without labels out of training where their group judges it.
func (w *work) settle(d Division) Division {
	judges := d.judges(w.samples)
	for i, s := range w.samples {
		if d[i] == layout.Unlabeled && judges[s.Group] {
			d[i] = ""
		}
	}
	return d
}

// judges returns the groups by which a division judges.
func (d Division) judges(samples []layout.Labelled) map[string]bool {
	groups := map[string]bool{}
	for i, s := range samples {
		if s.Group != "" && d[i].Judges() {
			groups[s.Group] = true
		}
	}
	return groups
}

// Share is a part of a number of samples: a fraction below 1, or so many.
type Share float64

// of returns the share as a number of samples; 0 of a share of 0.
func (s Share) of(total int, what layout.Role) (int, error) {
	x := float64(s)
	switch {
	case x == 0:
		return 0, nil
	case !(x > 0) || math.IsInf(x, 0) || x >= 1 && x != math.Trunc(x):
		return 0, hint.With(fmt.Errorf("--%s %g is neither a fraction nor a number of samples", what, x),
			"0.1 is a tenth, 100 is a hundred samples")
	case x >= 1 && x > float64(total):
		return 0, fmt.Errorf("--%s %g is more than the %d samples there are", what, x, total)
	case x >= 1:
		return int(x), nil
	}
	n := int(math.Round(x * float64(total)))
	if n == 0 {
		return 0, fmt.Errorf("--%s %g of %d samples is none", what, x, total)
	}
	return n, nil
}
