package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"montage/runner/data"
)

// splitCount counts the rows of a label file by their splits.
type splitCount struct {
	rows    map[string]int    // by split, "" for none
	without string            // the id of the first row without one
	unknown map[string]string // ids that the file of splits has and no row, with their splits
}

// countSplits reads the splits of all rows.
func (t *table) countSplits() (splitCount, error) {
	c := splitCount{rows: map[string]int{}}
	of, err := t.source.splits(t.file)
	if err != nil {
		return c, err
	}
	if t.source.Split.File != "" {
		byID, err := t.source.known.split(t.source.Split)
		if err != nil {
			return c, err
		}
		c.unknown = maps.Clone(byID)
	}
	for _, row := range t.file.Rows {
		id := t.idOf(row)
		split := of(row, id)
		if c.rows[split]++; split == "" && c.without == "" {
			c.without = id
		}
		delete(c.unknown, id)
	}
	return c, nil
}

// written names splits with the number of their rows.
func (c splitCount) written(splits []string) string {
	var out []string
	for _, split := range splits {
		out = append(out, fmt.Sprintf("%q (%d)", split, c.rows[split]))
	}
	return strings.Join(out, ", ")
}

// named returns the splits that rows have, sorted.
func (c splitCount) named() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.rows)), func(split string) bool { return split == "" })
}

// nothingOfSplit is the problem of a data set whose splits no row has.
func (t *table) nothingOfSplit() data.Problem {
	p := data.Problem{File: t.source.Path,
		Text: fmt.Sprintf("no row has one of the splits %s", quoted(t.source.Values)),
		Hint: `[data.split] train, valid and test name the values, such as train = "0"`}
	if c, err := t.countSplits(); err == nil && len(c.named()) > 0 {
		p.Text += ", saw " + c.written(c.named())
	}
	return p
}

// warnOfSplits warns of rows that belong to no data set, and of ids in a file of splits that
// are in no row.
func (t *table) warnOfSplits() {
	c, err := t.countSplits()
	if err != nil {
		return // which opening a data set reports
	}
	taken := map[string]bool{}
	for _, role := range Roles {
		for _, value := range valuesOf(t.source.Split)[role] {
			taken[splitName(value)] = true
		}
	}
	warn := func(text, hint string) { t.source.warn(data.Problem{File: t.source.Path, Text: text, Hint: hint}) }
	if strange := slices.DeleteFunc(c.named(), func(s string) bool { return taken[s] }); len(strange) > 0 {
		warn("splits that no data set takes, with their rows: "+c.written(strange),
			"[data.split] train, valid, test and unlabeled name the values of each")
	}
	if n := c.rows[""]; n > 0 {
		warn(fmt.Sprintf("%d of %d rows have no split and are left out, %q first", n, len(t.file.Rows), c.without), "")
	}
	if ids := slices.SortedFunc(maps.Keys(c.unknown), data.Natural); len(ids) > 0 {
		t.source.warn(data.Problem{File: t.source.Split.File,
			Text: fmt.Sprintf("%d of the ids are in no row of %s: %s", len(ids), t.source.Path, quoted(ids)),
			Hint: "are ids written alike in both? [data.table] id names the column that is meant"})
	}
}

// warnOfUnusedSplit warns of a column that looks like splits where the spec does not split.
func (t *table) warnOfUnusedSplit() {
	for _, column := range t.file.Columns {
		if !slices.Contains([]string{"split", "subset", "set", "partition"}, strings.ToLower(column)) {
			continue
		}
		seen := map[string]bool{}
		for _, row := range t.firstRows() {
			v, _ := row.Value(column)
			seen[splitName(v.Text)] = true
		}
		if s := t.source.Split; anyIn(s.Train, seen) && (anyIn(s.Test, seen) || anyIn(s.Valid, seen)) {
			t.source.warn(data.Problem{File: t.source.Path, Line: t.file.Header,
				Text: fmt.Sprintf("column %q is not used: all rows are taken", column),
				Hint: fmt.Sprintf("[data.split] column = %q takes training, validation and test samples by it",
					column)})
		}
	}
}

func anyIn(values []string, seen map[string]bool) bool {
	return slices.ContainsFunc(values, func(v string) bool { return seen[splitName(v)] })
}
