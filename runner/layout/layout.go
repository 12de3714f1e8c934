package layout

import (
	"context"
	"errors"

	"montage/core/spec"
	"montage/runner/data"
)

// Role is what the samples of a data set are for.
type Role string

// The roles, as [data] names them.
const (
	Labeled   Role = "labeled"
	Unlabeled Role = "unlabeled"
	Valid     Role = "valid"
	Test      Role = "test"
)

// Roles are all roles, in the order in which they are opened.
var Roles = []Role{Labeled, Unlabeled, Test, Valid}

// labelled reports whether samples of a role need labels.
func (r Role) labelled() bool { return r != Unlabeled }

// Judges reports whether the samples of a role judge what was learnt from others.
func (r Role) Judges() bool { return r == Valid || r == Test }

// Layout is the [data] of a spec.
type Layout struct {
	table spec.DataTable
	// Progress, when set, is called with the number of samples checked so far.
	Progress func(done, total int)
	// Warnings are what a user should know of the data sets that were opened.
	Warnings data.Problems
}

// New takes the [data] of a spec.
func New(table spec.DataTable) *Layout { return &Layout{table: table} }

// Has reports whether there is a data set of a role.
func (l *Layout) Has(role Role) bool { return l.source(role).Path != "" }

// source says how the data set of a role is read. Its Path is "" where there is none.
func (l *Layout) source(role Role) Source {
	d := l.table
	s := Source{Table: d.Table, Labeled: role.labelled(), OnError: data.OnError(d.OnError), Progress: l.Progress}
	s.Path = map[Role]string{Labeled: d.Labeled, Unlabeled: d.Unlabeled, Valid: d.Valid, Test: d.Test}[role]
	return s
}

// Classes returns the vocabulary: that of the spec, or the labels of all labelled
// samples, sorted.
func (l *Layout) Classes(context.Context) ([]string, error) {
	if len(l.table.Classes) > 0 {
		return l.table.Classes, nil
	}
	var all []entry
	var problems data.Problems
	for _, role := range Roles {
		source := l.source(role)
		if source.Path == "" || !role.labelled() {
			continue
		}
		entries, _, err := read(source)
		if errors.As(err, &problems) {
			continue // Open reports them
		}
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return vocabulary(all), nil
}

// Open opens the data set of a role, nil where there is none.
func (l *Layout) Open(ctx context.Context, role Role, classes []string) (*data.Dataset, error) {
	source := l.source(role)
	if source.Path == "" {
		return nil, nil
	}
	source.Classes = classes
	return Open(ctx, source)
}
