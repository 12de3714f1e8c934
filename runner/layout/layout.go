package layout

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/labelfile"
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

// Listed are all roles, in the order in which tables and messages list them.
var Listed = []Role{Labeled, Unlabeled, Valid, Test}

// labelled reports whether samples of a role need labels.
func (r Role) labelled() bool { return r != Unlabeled }

// Judges reports whether the samples of a role judge what was learnt from others.
func (r Role) Judges() bool { return r == Valid || r == Test }

// Layout is the [data] of a spec.
type Layout struct {
	table spec.DataTable
	// Progress, when set, is called with the number of samples checked so far.
	Progress func(done, total int)
	// VideoProgress, when set, is called with the number of videos turned into key frames so far.
	VideoProgress func(done, total int)
	// Warnings are what a user should know of the data sets that were opened.
	Warnings data.Problems
	// Found are the lines of spec that state what was found out about the data sets.
	Found []string

	// given returns the classes that the spec lists.
	given   func() ([]string, error)
	known   known
	inside  *apartFolder
	sources map[Role]Source
	listed  map[Role]listing
}

// listing is what was read of a role, its files not looked at yet.
type listing struct {
	source   Source
	entries  []entry
	problems data.Problems
	err      error
}

// New takes the [data] of a spec.
func New(table spec.DataTable) *Layout {
	return &Layout{table: table, given: sync.OnceValues(func() ([]string, error) { return listedClasses(table) }),
		known: newKnown(), sources: map[Role]Source{}, listed: map[Role]listing{}}
}

// Has reports whether there is a data set of a role. Where that cannot be found out it
// says yes: opening the data set reports why.
func (l *Layout) Has(role Role) bool {
	source, err := l.source(role)
	return err != nil || source.Path != ""
}

// Same reports whether the samples of a role are those of another spec, as far as the specs
// say it; where one cannot be read, opening it reports why.
func (l *Layout) Same(other *Layout, role Role) bool {
	a, errA := l.source(role)
	b, errB := other.source(role)
	return errA != nil || errB != nil || a.Path == b.Path && slices.Equal(a.Values, b.Values) &&
		(len(a.Values) == 0 || reflect.DeepEqual(a.Split, b.Split))
}

// list reads what a role's samples are, once.
func (l *Layout) list(role Role) listing {
	if found, ok := l.listed[role]; ok {
		return found
	}
	var found listing
	if found.source, found.err = l.source(role); found.err == nil && found.source.Path != "" {
		found.entries, found.problems, found.err = read(found.source)
	}
	l.listed[role] = found
	return found
}

// Classes returns the vocabulary: that of the spec, or the labels of all labelled
// samples, sorted.
func (l *Layout) Classes(context.Context) ([]string, error) {
	given, err := l.given()
	if err != nil || len(given) > 0 {
		return given, err
	}
	var all []entry
	for _, role := range Roles {
		if !role.labelled() {
			continue
		}
		listed := l.list(role)
		if listed.err != nil {
			return nil, listed.err
		}
		all = append(all, listed.entries...)
	}
	classes := vocabulary(all)
	l.Warnings = append(l.Warnings, suspects(l.table.Labeled, classes)...)
	return classes, nil
}

// listedClasses returns the classes that a spec lists.
func listedClasses(table spec.DataTable) (classes []string, err error) {
	listed, place := table.Classes, "data.classes"
	if table.ClassFile != "" {
		if len(listed) > 0 {
			return nil, hint.With(errors.New("data.classes and data.class_file both list the classes"), "leave one out")
		}
		text, err := labelfile.Text(table.ClassFile)
		if err != nil {
			return nil, fmt.Errorf("data.class_file: %w", err)
		}
		listed, place = strings.Split(string(text), "\n"), table.ClassFile
	}
	for _, class := range listed {
		class = clean(class)
		if class == "" {
			continue // an empty line
		}
		if slices.Contains(classes, class) {
			return nil, hint.With(fmt.Errorf("%s: class %q is listed twice", place, class), "list every class once")
		}
		classes = append(classes, class)
	}
	return classes, nil
}

// numbers reports whether labels may be positions in the classes: the spec lists them, and
// none is a number itself.
func (l *Layout) numbers(classes []string) bool {
	given, err := l.given()
	return err == nil && len(given) > 0 && slices.Equal(given, classes) &&
		!slices.ContainsFunc(given, func(class string) bool { _, err := strconv.Atoi(class); return err == nil })
}

// Open opens the data set of a role, nil where there is none.
func (l *Layout) Open(ctx context.Context, role Role, classes []string) (*data.Dataset, error) {
	listed := l.list(role)
	source := listed.source
	if listed.err != nil || source.Path == "" {
		return nil, listed.err
	}
	if err := source.OnError.Check(); err != nil {
		return nil, err
	}
	source.Classes, source.Numbers = classes, l.numbers(classes)
	source.Progress, source.VideoProgress = l.Progress, l.VideoProgress
	set, err := source.open(ctx, listed.entries, slices.Clone(listed.problems))
	if err != nil {
		return nil, err
	}
	l.Warnings = append(l.Warnings, set.Warnings...)
	if role == Labeled {
		l.Warnings = append(l.Warnings, untrained(source.Path, set)...)
	}
	return set, nil
}

// untrained warns of classes that no labelled sample has: they are scored and not learnt.
func untrained(path string, set *data.Dataset) data.Problems {
	var missing []string
	for i, n := range set.Supports() {
		if n == 0 {
			missing = append(missing, set.Classes[i])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return data.Problems{{File: path, Text: fmt.Sprintf("%d of the %d classes have no training sample: %s",
		len(missing), len(set.Classes), quoted(missing)),
		Hint: "their predictions are chance; data.classes lists the classes to keep"}}
}
