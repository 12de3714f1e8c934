package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Markdown returns the table: a row for each spec, in the order of the call.
// Differences are taken seed by seed, each from the first spec with that seed and fold. Of
// folds a sentence follows that says so.
func (r Result) Markdown() string {
	var b strings.Builder
	base := r.Entries[0]
	common := r.commonBranches()
	cells := []string{"spec", "rate ×", "test mAP", "against " + base.Name, "wins", "macro F1, " + r.Rule, "against " +
		base.Name}
	for _, branch := range common {
		cells = append(cells, branch+" steps")
	}
	row(&b, append(cells, "seconds"))
	b.WriteString(strings.Repeat("|---", len(cells)+1) + "|\n")
	for _, e := range r.Entries {
		precision, score := by(e, mean), by(e, r.macro)
		gain := r.values(differences(precision, by(base, mean)))
		cells := []string{e.label(r), e.rates(), Of(r.values(precision)).String(), "", "",
			Of(r.values(score)).String(), ""}
		if e.Name != base.Name {
			cells[3], cells[4] = Of(gain).Signed(), wins(gain)
			cells[6] = Of(r.values(differences(score, by(base, r.macro)))).Signed()
		}
		for _, branch := range common {
			cells = append(cells, fmt.Sprintf("%d", e.Counted()[0].Steps[branch]))
		}
		row(&b, append(cells, fmt.Sprintf("%.0f", Of(r.values(by(e, seconds))).Mean)))
	}
	b.WriteString(r.note())
	return b.String()
}

func row(b *strings.Builder, cells []string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// note says what the spread of folds is.
func (r Result) note() string {
	if r.Folds == 0 {
		return ""
	}
	of := ""
	if len(r.Seeds) > 1 {
		of = fmt.Sprintf(", each the mean of %d seeds", len(r.Seeds))
	}
	return fmt.Sprintf("\n± is the standard deviation over %d folds%s. Differences and wins are taken fold by fold.\n",
		r.Folds, of)
}

// rates returns the picked factors, each once, the smallest first.
func (e Entry) rates() string {
	var all []string
	for _, rate := range slices.Compact(slices.Sorted(slices.Values(e.Picked))) {
		all = append(all, fmt.Sprintf("%g", rate))
	}
	return strings.Join(all, ", ")
}

// label returns the name of an entry, with a note on trials that are not in its means.
func (e Entry) label(r Result) string {
	all, lost := e.Counted(), 0
	for _, t := range all {
		if t.Diverged {
			lost++
		}
	}
	if lost == 0 {
		return e.Name
	}
	of := "seeds"
	if r.Folds > 0 {
		of = "trainings"
	}
	return fmt.Sprintf("%s (%d of %d %s diverged)", e.Name, lost, len(all), of)
}

func mean(t Trial) float64             { return t.MAP }
func seconds(t Trial) float64          { return t.Seconds }
func (r Result) macro(t Trial) float64 { return t.F1[r.Rule] }

// by returns a number of every counted trial, by its seed within its fold.
func by(e Entry, number func(Trial) float64) map[repeat]float64 {
	numbers := map[repeat]float64{}
	for _, t := range e.Counted() {
		if !t.Diverged {
			numbers[repeat{t.Fold, t.Seed}] = number(t)
		}
	}
	return numbers
}

// repeat tells the trials of a spec from one another.
type repeat struct{ fold, seed int }

// values returns the numbers whose spread is shown: those of seeds or, of folds, the mean
// of each. They are in order, so that sums are the same every time.
func (r Result) values(numbers map[repeat]float64) (all []float64) {
	for fold := range max(1, r.Folds) {
		var seeds []float64
		for _, seed := range seedsOf(numbers) {
			if n, ok := numbers[repeat{fold, seed}]; ok {
				seeds = append(seeds, n)
			}
		}
		switch {
		case r.Folds == 0:
			return seeds
		case len(seeds) > 0:
			all = append(all, Of(seeds).Mean)
		}
	}
	return all
}

func seedsOf(numbers map[repeat]float64) (all []int) {
	for d := range numbers {
		all = append(all, d.seed)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func differences(of, from map[repeat]float64) map[repeat]float64 {
	all := map[repeat]float64{}
	for d, number := range of {
		if base, ok := from[d]; ok {
			all[d] = number - base
		}
	}
	return all
}

// wins counts the seeds, or the folds, with which a spec was the better one.
func wins(gains []float64) string {
	n := 0
	for _, g := range gains {
		if g > 0 {
			n++
		}
	}
	return fmt.Sprintf("%d of %d", n, len(gains))
}

// commonBranches are those that every spec trains. Their numbers of steps show whether the
// comparison is fair.
func (r Result) commonBranches() (common []string) {
	for _, branch := range slices.Sorted(maps.Keys(r.Entries[0].Counted()[0].Steps)) {
		everywhere := true
		for _, e := range r.Entries {
			everywhere = everywhere && e.Counted()[0].Steps[branch] > 0
		}
		if everywhere {
			common = append(common, branch)
		}
	}
	return common
}
