package layout

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"montage/core/hint"
	"montage/runner/labelfile"
)

// labelReader returns the labels of a row, each once, in their order.
type labelReader func(labelfile.Row) ([]string, error)

// findLabels returns the reader of what the spec says, or of the column that is found.
func (t *table) findLabels() (labelReader, error) {
	if len(t.source.Table.ClassColumns) > 0 {
		return t.classColumns()
	}
	columns := t.source.Table.Labels
	for _, column := range columns {
		if err := t.mustHave("labels", column); err != nil {
			return nil, err
		}
	}
	if len(columns) == 0 {
		column, err := t.labelColumn()
		if err != nil {
			return nil, err
		}
		if columns = []string{column}; column != labelfile.LabelsColumn {
			t.source.found("[data.table] labels = %q", column)
		}
	}
	separators := make([]string, len(columns))
	for i, column := range columns {
		if separators[i] = t.source.Table.Separator; separators[i] == "" {
			separators[i] = t.findSeparator(column)
			t.stateSeparator(separators[i], columns)
		}
	}
	return func(row labelfile.Row) ([]string, error) { return labelsOf(row, columns, separators) }, nil
}

// stateSeparator states a separator that was found, where one holds for all columns.
func (t *table) stateSeparator(separator string, columns []string) {
	if separator != "|" && len(columns) == 1 {
		t.source.found("[data.table] separator = %q", separator)
	}
}

// labelsOf returns the labels that a row has in several columns, each once.
func labelsOf(row labelfile.Row, columns, separators []string) (labels []string, err error) {
	for i, column := range columns {
		v, _ := row.Value(column)
		some, err := splitLabels(v, separators[i])
		if err != nil {
			return nil, err
		}
		for _, label := range some {
			labels = once(labels, label)
		}
	}
	return labels, nil
}

// labelColumn finds the one column that is named as columns of labels are.
func (t *table) labelColumn() (string, error) {
	var found []string
	for _, c := range t.file.Columns {
		if slices.Contains(labelColumns, strings.ToLower(c)) && c != t.id {
			found = append(found, c)
		}
	}
	switch {
	case slices.Contains(found, "labels"):
		return "labels", nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", hint.With(fmt.Errorf("several columns may hold the labels: %s", quoted(found)),
			"[data.table] labels = %q", found[0])
	}
	advice := `[data.table] labels = "…" names the column; class_columns = ["first..last"] a column for each class`
	if flags := t.flagColumns(); len(flags) > 1 {
		advice = fmt.Sprintf("[data.table] class_columns = [%q] takes the columns of 0 and 1", flags[0]+".."+
			flags[len(flags)-1])
	}
	if t.headerRecurs() {
		advice = labelfile.HeaderHint
	}
	if t.file.List {
		advice = "a line of a list has the labels behind the path: a.jpg cat, or a.jpg,cat,black"
	}
	return "", hint.With(fmt.Errorf("column \"labels\" is missing, saw %s: these samples are to be labelled",
		quoted(t.file.Columns)), "%s", advice)
}

// flagColumns returns the first run of columns that hold nothing but flags.
func (t *table) flagColumns() (run []string) {
	for _, c := range t.file.Columns {
		flags := c != t.id
		for _, row := range t.firstRows() {
			v, ok := row.Value(c)
			_, err := flag(v.Text)
			flags = flags && ok && err == nil
		}
		if flags {
			run = append(run, c)
		} else if len(run) > 1 {
			break
		} else {
			run = nil
		}
	}
	return run
}

// findSeparator returns what stands between the labels of a column: the first of "|", ";"
// and "," that occurs, or python where values are written as lists.
func (t *table) findSeparator(column string) string {
	best := "|"
	rank := func(s string) int { return slices.Index([]string{"|", ",", ";"}, s) }
	for _, row := range t.file.Rows {
		v, _ := row.Value(column)
		text := strings.TrimSpace(v.Text)
		if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
			return "python"
		}
		switch {
		case strings.Contains(text, "|"):
			return "|"
		case strings.Contains(text, ";"):
			best = ";"
		case strings.Contains(text, ",") && rank(best) < 1:
			best = ","
		}
	}
	return best
}

// splitLabels returns the labels of a value.
func splitLabels(v labelfile.Value, separator string) (labels []string, err error) {
	parts := v.List
	text := strings.TrimSpace(v.Text)
	switch {
	case v.IsList:
	case text == "":
		return nil, nil
	case separator == "python" || separator == "json":
		if parts, err = parseList(text); err != nil {
			return nil, hint.With(err, "a list of labels is written as ['Drama', \"Sci-Fi\"]")
		}
	default:
		parts = strings.Split(text, separator)
	}
	for _, part := range parts {
		label := clean(part)
		if label == "" {
			return nil, hint.With(fmt.Errorf("empty label in %q", v.Text+strings.Join(v.List, "|")),
				"labels are separated by a single %q", separator)
		}
		labels = once(labels, label)
	}
	return labels, nil
}

// clean puts a label or an id into the form in which they are compared: NFC, without space
// around.
func clean(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }

// parseList reads a list as Python or JSON write it: strings in quotes of either kind.
func parseList(text string) (items []string, err error) {
	rest := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if rest == text || !strings.HasSuffix(text, "]") {
		return nil, fmt.Errorf("expected a list in brackets, saw %q", text)
	}
	for rest != "" {
		var item string
		if item, rest, err = parseItem(rest); err != nil {
			return nil, fmt.Errorf("%w in %q", err, text)
		}
		items = append(items, item)
		rest = strings.TrimSpace(rest)
		if rest != "" {
			if rest[0] != ',' {
				return nil, fmt.Errorf("expected a comma before %q", rest)
			}
			rest = strings.TrimSpace(rest[1:])
		}
	}
	return items, nil
}

// parseItem takes a quoted string or a bare number off the front of a list.
func parseItem(text string) (item, rest string, err error) {
	quote := text[0]
	if quote != '\'' && quote != '"' {
		end := strings.IndexByte(text, ',')
		if end < 0 {
			end = len(text)
		}
		return strings.TrimSpace(text[:end]), text[end:], nil
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return out.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`\'"/`, text[i+1]) >= 0:
			i++
			out.WriteByte(text[i])
		case c == '\\':
			return "", "", errors.New("an escape other than of a quote or backslash")
		default:
			out.WriteByte(c)
		}
	}
	return "", "", errors.New("a quote that does not end")
}

// classColumns returns the reader of a column for each class.
func (t *table) classColumns() (labelReader, error) {
	var columns []string
	for _, name := range t.source.Table.ClassColumns {
		first, last, isRange := strings.Cut(name, "..")
		if !isRange || t.file.Has(name) {
			first, last = name, name
		}
		from, to := slices.Index(t.file.Columns, first), slices.Index(t.file.Columns, last)
		switch {
		case from < 0:
			return nil, t.mustHave("class_columns", first)
		case to < 0:
			return nil, t.mustHave("class_columns", last)
		case to < from:
			return nil, hint.With(fmt.Errorf("column %q comes before %q", last, first), "class_columns = [%q]",
				last+".."+first)
		}
		columns = append(columns, t.file.Columns[from:to+1]...)
	}
	return func(row labelfile.Row) (labels []string, err error) {
		for _, c := range columns {
			v, _ := row.Value(c)
			on, err := flag(v.Text)
			if err != nil {
				return nil, hint.With(fmt.Errorf("column %q: %w", c, err), "class_columns are columns of 0 and 1")
			}
			if on && !slices.Contains(labels, clean(c)) {
				labels = append(labels, clean(c))
			}
		}
		return labels, nil
	}, nil
}

// flag reads 0 or 1, false or true. Empty is false, as in files that leave zeros out.
func flag(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "1.0", "true", "yes":
		return true, nil
	case "0", "0.0", "false", "no", "":
		return false, nil
	}
	return false, fmt.Errorf("expected 0 or 1, saw %q", text)
}
