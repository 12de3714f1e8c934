package layout

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"montage/core/hint"
	"montage/runner/data"
	"montage/runner/labelfile"
)

// labelColumns are the columns whose name says that they hold labels, in small letters.
var labelColumns = []string{"labels", "label", "genres", "genre", "tags", "tag", "classes", "class", "categories",
	"category"}

// table reads the rows of a label file as entries, and keeps what is wrong with it.
type table struct {
	source   Source
	file     *labelfile.Table
	id       string // column, "" for the key of a row
	labels   labelReader
	files    filePattern
	split    func(row labelfile.Row, id string) bool
	lines    map[string]int // of each id
	problems data.Problems
}

// readLabelFile reads a label file: which samples it has, their labels, and where their
// frames are.
func readLabelFile(source Source) ([]entry, data.Problems, error) {
	file, err := source.known.table(source)
	if err != nil {
		return nil, nil, err
	}
	t := &table{source: source, file: file, lines: map[string]int{}, problems: slices.Clone(file.Problems)}
	if len(file.Columns) == 0 {
		return nil, t.problems, nil
	}
	if err := t.prepare(); err != nil {
		return nil, append(t.problems, data.Problem{File: source.Path, Line: 1, Text: err.Error(),
			Hint: hint.Join(hint.Of(err))}), nil
	}
	var entries []entry
	for _, row := range file.Rows {
		if e, ok := t.row(row); ok {
			entries = append(entries, e)
		}
	}
	t.warnOfCapitals(entries)
	switch {
	case len(source.Values) == 0 && source.Labeled:
		t.warnOfUnusedSplit()
	case slices.Equal(source.Values, source.Split.Train): // once for all data sets
		t.warnOfSplits()
	}
	if len(entries) == 0 && len(t.problems) == 0 && len(file.Rows) > 0 && len(source.Values) > 0 {
		t.problems = data.Problems{t.nothingOfSplit()}
	}
	if len(file.Rows) == 0 && len(t.problems) == 0 {
		t.problems = data.Problems{{File: source.Path, Line: 1, Text: "no sample follows the header",
			Hint: labelfile.HeaderHint}}
	}
	return entries, t.problems, nil
}

// prepare finds the columns.
func (t *table) prepare() (err error) {
	if t.id, err = t.idColumn(); err != nil {
		return err
	}
	if t.split, err = t.source.splitter(t.file); err != nil {
		return err
	}
	if len(t.source.Features) > 0 { // rows are found by ids alone
		t.files = filePattern{text: "{id}"}
	} else {
		t.files, err = t.findFiles()
	}
	if err != nil || !t.source.Labeled {
		return err
	}
	t.labels, err = t.findLabels()
	return err
}

// idColumn returns the column of the ids: the one that the spec names, id, or the first.
func (t *table) idColumn() (string, error) {
	if name := t.source.Table.ID; name != "" {
		return name, t.mustHave("id", name)
	}
	switch {
	case t.file.Has("id"):
		return "id", nil
	case len(t.file.Rows) > 0 && t.file.Rows[0].Key != "":
		return "", nil
	case t.file.Header == 0 && !t.file.List: // keys of objects have no order
		if paths := t.pathColumns(); len(paths) > 0 {
			t.source.found("[data.table] id = %q", paths[0])
			return paths[0], nil
		}
		return "", hint.With(fmt.Errorf("no key %q, saw %s", "id", quoted(t.file.Columns)),
			`[data.table] id = "…" names the key of the ids`)
	}
	first := t.file.Columns[0]
	if t.headerIsRow() {
		return "", hint.With(fmt.Errorf("the first line names no columns: %q looks like the ids below it", first),
			"%s; if it does name them: [data.table] id = %q", labelfile.HeaderHint, first)
	}
	if !t.file.List {
		t.source.found("[data.table] id = %q", first)
	}
	return first, nil
}

// mustHave reports a column that the spec names and the file lacks.
func (t *table) mustHave(key, column string) error {
	if t.file.Has(column) {
		return nil
	}
	err := fmt.Errorf("column %q is missing, which data.table.%s names; saw %s", column, key, quoted(t.file.Columns))
	return hint.With(err, "%s", hint.DidYouMean(column, t.file.Columns))
}

func quoted(names []string) string {
	const most = 12
	var out []string
	for i, name := range names {
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(names)-most)
		}
		out = append(out, fmt.Sprintf("%q", name))
	}
	return strings.Join(out, ", ")
}

func (t *table) problem(row labelfile.Row, text, hint string) {
	t.problems = append(t.problems, data.Problem{File: row.File, Line: row.Line, Text: text, Hint: hint})
}

// row makes an entry, and reports whether it is one of the source's and sound.
func (t *table) row(row labelfile.Row) (entry, bool) {
	before := len(t.problems)
	e := entry{Sample: data.Sample{File: row.File, Line: row.Line}}
	if e.ID = t.idOf(row); e.ID == "" {
		t.problem(row, "the id is empty", "the id names the sample and its files")
		return e, false
	}
	if !t.split(row, e.ID) {
		return e, false
	}
	t.checkID(row, e.ID)
	if t.source.Labeled {
		var fault error
		if e.labels, fault = t.labels(row); fault != nil {
			t.problem(row, fault.Error(), hint.Join(hint.Of(fault)))
		} else if len(e.labels) == 0 && !t.empty(row) {
			return e, false
		}
	}
	if len(t.problems) == before {
		if err := t.files.place(&e.Sample, row); err != nil {
			t.problem(row, err.Error(), hint.Join(hint.Of(err)))
		}
	}
	return e, len(t.problems) == before
}

// idOf returns the id of a row, "" where it has none.
func (t *table) idOf(row labelfile.Row) string {
	if t.id == "" {
		return clean(row.Key)
	}
	v, _ := row.Value(t.id)
	if t.file.List && v.Text != "" {
		return clean(path.Clean(v.Text))
	}
	return clean(v.Text)
}

// checkID checks that an id is new and leads nowhere else: it becomes part of a path.
func (t *table) checkID(row labelfile.Row, id string) {
	outside := slices.Contains(strings.FieldsFunc(id, func(r rune) bool { return r == '/' || r == '\\' }), "..")
	switch {
	case !t.file.List && (id == "." || outside) || strings.ContainsFunc(id, unicode.IsControl),
		t.files.standard && strings.ContainsAny(id, `/\`):
		t.problem(row, fmt.Sprintf("id %q is not the name of a folder", id),
			"the id is the name of the sample's folder in frames/; [data.table] files says where else frames are")
	case t.lines[id] != 0:
		t.problem(row, fmt.Sprintf("id %q was already given in line %d", id, t.lines[id]), "give every sample one row")
	default:
		t.lines[id] = row.Line
	}
}

// empty says what a row without labels is, and reports whether it stays.
func (t *table) empty(row labelfile.Row) bool {
	switch t.source.Table.Empty {
	case "none":
		return true
	case "leave-out":
		return false
	}
	t.problem(row, "the sample has no label", `[data.table] empty = "none" makes it a sample of no class, "leave-out" `+
		`leaves it out; or move it to the unlabelled data set`)
	return false
}
