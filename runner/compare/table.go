package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Markdown returns the table: a row for each spec, in the order of the call.
// Differences are taken seed by seed, each from the first spec with that seed.
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
		gain := differences(precision, by(base, mean))
		cells := []string{e.label(), fmt.Sprintf("%g", e.Picked), Of(values(precision)).String(), "", "",
			Of(values(score)).String(), ""}
		if e.Name != base.Name {
			cells[3], cells[4] = Of(gain).Signed(), wins(gain)
			cells[6] = Of(differences(score, by(base, r.macro))).Signed()
		}
		for _, branch := range common {
			cells = append(cells, fmt.Sprintf("%d", e.Counted()[0].Steps[branch]))
		}
		row(&b, append(cells, fmt.Sprintf("%.0f", Of(values(by(e, seconds))).Mean)))
	}
	return b.String()
}

func row(b *strings.Builder, cells []string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// label returns the name of an entry, with a note on seeds that are not in its means.
func (e Entry) label() string {
	all, lost := e.Counted(), 0
	for _, t := range all {
		if t.Diverged {
			lost++
		}
	}
	if lost == 0 {
		return e.Name
	}
	return fmt.Sprintf("%s (%d of %d seeds diverged)", e.Name, lost, len(all))
}

func mean(t Trial) float64             { return t.MAP }
func seconds(t Trial) float64          { return t.Seconds }
func (r Result) macro(t Trial) float64 { return t.F1[r.Rule] }

// by returns a number of every counted trial by its seed.
func by(e Entry, number func(Trial) float64) map[int]float64 {
	numbers := map[int]float64{}
	for _, t := range e.Counted() {
		if !t.Diverged {
			numbers[t.Seed] = number(t)
		}
	}
	return numbers
}

// values returns the numbers in the order of seeds, so that sums are the same every time.
func values(numbers map[int]float64) (all []float64) {
	for _, seed := range slices.Sorted(maps.Keys(numbers)) {
		all = append(all, numbers[seed])
	}
	return all
}

func differences(of, from map[int]float64) (all []float64) {
	for _, seed := range slices.Sorted(maps.Keys(of)) {
		if base, ok := from[seed]; ok {
			all = append(all, of[seed]-base)
		}
	}
	return all
}

// wins counts the seeds with which a spec was the better one.
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
