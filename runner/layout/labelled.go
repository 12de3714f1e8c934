package layout

import (
	"fmt"
	"strings"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/labelfile"
)

// Labelled is a sample of data.labeled as its file has it, its frames not looked at: what
// a division into training and test samples goes by.
type Labelled struct {
	ID     string
	Labels []string
	// Group is the sample's value in a column, "" where none was asked for.
	Group string
	// Role is one that data.split gives, or Unlabeled for a sample without labels; "" for
	// a training sample.
	Role Role
}

// Labelled returns the samples of data.labeled that data.split gives a role, or all where
// it is not given. Group names a column, "" for no groups. Labels that are none of the
// classes of the spec are left out.
func (l *Layout) Labelled(group string) ([]Labelled, error) {
	source, err := l.undivided()
	if err != nil {
		return nil, err
	}
	if source.Table.Empty == "error" { // without labels it is unlabelled
		source.Table.Empty = "none"
	}
	entries, problems, err := read(source)
	if err == nil && len(problems) > 0 {
		err = problems
	}
	if err != nil {
		return nil, err
	}
	classes, err := l.given()
	if err != nil {
		return nil, err
	}
	rows, err := source.rows()
	if err != nil {
		return nil, err
	}
	roleOf, err := l.roles(source)
	if err != nil {
		return nil, err
	}
	var samples []Labelled
	known := newStrangers(classes, l.numbers(classes))
	for _, e := range entries {
		s := Labelled{ID: e.ID, Labels: e.labels}
		if s.Role = roleOf(rows[e.ID], e.ID); s.Role == "" {
			continue
		}
		if len(classes) > 0 {
			s.Labels = known.names(s.Labels)
		}
		switch {
		case s.Role != Labeled:
		case len(s.Labels) > 0 || l.table.Table.Empty == "none":
			s.Role = ""
		default:
			s.Role = Unlabeled
		}
		samples = append(samples, s)
	}
	return samples, source.groups(samples, rows, group)
}

// names returns those labels that are classes, in the order of these.
func (s *strangers) names(labels []string) (names []string) {
	for _, k := range s.index(labels) {
		names = append(names, s.classes[k])
	}
	return names
}

// undivided is the source of data.labeled without its split.
func (l *Layout) undivided() (Source, error) {
	source, err := l.whole().source(Labeled)
	source.of = l
	return source, err
}

// whole is the layout without its split. What one of the two reads serves the other.
func (l *Layout) whole() *Layout {
	table := l.table
	table.Split.Column, table.Split.File = "", ""
	whole := New(table)
	whole.known = l.known
	return whole
}

// Apart returns the path of a role's data set that data.split has no say in: a file or
// folder of its own. It is "" where there is none.
func (l *Layout) Apart(role Role) string {
	source, err := l.whole().source(role)
	if err != nil {
		return ""
	}
	return source.Path
}

// rows returns the rows of a label file by their ids, nil where the source is none.
func (s Source) rows() (map[string]labelfile.Row, error) {
	if !s.hasColumns() {
		return nil, nil
	}
	file, err := s.known.table(s)
	if err != nil || len(file.Columns) == 0 {
		return nil, err
	}
	t := &table{source: s, file: file}
	if t.id, err = t.idColumn(); err != nil {
		return nil, err
	}
	rows := map[string]labelfile.Row{}
	for _, row := range file.Rows {
		rows[t.idOf(row)] = row
	}
	return rows, nil
}

// groups fills in what a column has of each sample.
func (s Source) groups(samples []Labelled, rows map[string]labelfile.Row, column string) error {
	if column == "" {
		return nil
	}
	if rows == nil {
		return hint.With(fmt.Errorf("%s has no column %q to group by", s.Path, column),
			"groups are read from a column of a label file")
	}
	file, err := s.known.table(s)
	if err != nil {
		return err
	}
	if !file.Has(column) {
		return hint.With(fmt.Errorf("%s: column %q is missing, which is to hold the groups; saw %s", s.Path, column,
			quoted(file.Columns)), "%s", hint.DidYouMean(column, file.Columns))
	}
	for i := range samples {
		value, _ := rows[samples[i].ID].Value(column)
		samples[i].Group = clean(value.Text + strings.Join(value.List, "|"))
	}
	return nil
}

// roles returns the role that data.split gives to a row, "" for none; Labeled without a
// split.
func (l *Layout) roles(source Source) (func(labelfile.Row, string) Role, error) {
	split := l.table.Split
	if !split.Given() {
		return func(labelfile.Row, string) Role { return Labeled }, nil
	}
	source.Split = split
	var file *labelfile.Table
	if source.hasColumns() {
		var err error
		if file, err = source.known.table(source); err != nil {
			return nil, err
		}
	}
	of, err := source.splits(file)
	if err != nil {
		return nil, err
	}
	named := map[string]Role{}
	for role, values := range valuesOf(split) {
		for _, value := range values {
			named[splitName(value)] = role
		}
	}
	return func(row labelfile.Row, id string) Role { return named[of(row, id)] }, nil
}

// valuesOf returns the values of a split that mean each role.
func valuesOf(s spec.SplitTable) map[Role][]string {
	return map[Role][]string{Labeled: s.Train, Unlabeled: s.Unlabeled, Valid: s.Valid, Test: s.Test}
}
