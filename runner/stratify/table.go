package stratify

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"montage/runner/layout"
)

// Table counts the samples of each class in the parts of a division.
type Table struct {
	Parts []Count
	// Classes are all labels, sorted; Totals are their samples in the parts.
	Classes []string
	Totals  []int
	samples int
}

// Count is a part: its samples, and those of each class.
type Count struct {
	Name    string
	Samples int
	Counts  []int
}

// NewTable counts the parts of one division or, of folds, the test samples of each.
func NewTable(samples []layout.Labelled, divisions []Division) Table {
	var t Table
	at := map[string]int{}
	for _, s := range samples {
		t.Classes = append(t.Classes, s.Labels...)
	}
	slices.Sort(t.Classes)
	t.Classes = slices.Compact(t.Classes)
	t.Totals = make([]int, len(t.Classes))
	for i, class := range t.Classes {
		at[class] = i
	}
	count := func(name string, d Division, role layout.Role) {
		c := Count{Name: name, Counts: make([]int, len(t.Classes))}
		for i, s := range samples {
			if d[i] != role {
				continue
			}
			c.Samples++
			for _, label := range s.Labels {
				c.Counts[at[label]]++
				t.Totals[at[label]]++
			}
		}
		if t.samples += c.Samples; c.Samples > 0 {
			t.Parts = append(t.Parts, c)
		}
	}
	if len(divisions) > 1 {
		for f, d := range divisions {
			count(fmt.Sprintf("test of fold %d", f), d, layout.Test)
		}
		return t
	}
	for _, role := range layout.Listed {
		count(names[role], divisions[0], role)
	}
	return t
}

// Expected is how many samples of a class a part would have in proportion to its size.
func (t Table) Expected(part, class int) float64 {
	return float64(t.Parts[part].Samples) * float64(t.Totals[class]) / float64(t.samples)
}

// Write writes the table: samples as they are, with those expected in brackets.
func (t Table) Write(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	heads, sizes := []string{"CLASS", "ALL"}, []string{"(samples)", fmt.Sprint(t.samples)}
	for _, p := range t.Parts {
		heads, sizes = append(heads, strings.ToUpper(p.Name)), append(sizes, fmt.Sprint(p.Samples))
	}
	fmt.Fprintln(out, strings.Join(heads, "\t"))
	fmt.Fprintln(out, strings.Join(sizes, "\t"))
	for c, class := range t.Classes {
		cells := []string{class, fmt.Sprint(t.Totals[c])}
		for j, p := range t.Parts {
			cells = append(cells, fmt.Sprintf("%d (%.1f)", p.Counts[c], t.Expected(j, c)))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	return out.Flush()
}

// Missing returns for each part that trains or judges the classes of which it has no
// sample: they are too rare to be in every part, or their groups are too large.
func (t Table) Missing() map[string][]string {
	missing := map[string][]string{}
	for _, p := range t.Parts {
		if p.Name == names[layout.Unlabeled] {
			continue
		}
		for c, n := range p.Counts {
			if n == 0 {
				missing[p.Name] = append(missing[p.Name], t.Classes[c])
			}
		}
	}
	return missing
}

// Torn returns the groups that a division trains on and judges by, sorted: those of which
// some samples came with a role.
func Torn(samples []layout.Labelled, divisions []Division) (groups []string) {
	for _, d := range divisions {
		judges := d.judges(samples)
		for i, s := range samples {
			if d[i] == layout.Labeled && judges[s.Group] {
				groups = append(groups, s.Group)
			}
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}
