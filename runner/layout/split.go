package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/labelfile"
)

// splitter returns the test of whether a row belongs to the source.
func (s Source) splitter(file *labelfile.Table) (func(row labelfile.Row, id string) bool, error) {
	if len(s.Values) == 0 {
		return func(labelfile.Row, string) bool { return true }, nil
	}
	of, err := s.splits(file)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, v := range s.Values {
		wanted[splitName(v)] = true
	}
	return func(row labelfile.Row, id string) bool { return wanted[of(row, id)] }, nil
}

// splitName makes the spellings of a split one: capitals, and numbers with a fraction of zero.
func splitName(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if n, err := strconv.ParseFloat(text, 64); err == nil && n == float64(int(n)) {
		return strconv.Itoa(int(n))
	}
	return text
}

// splitColumn is the column of the split, or the key in a JSON file of folds.
func splitColumn(s spec.SplitTable) string {
	return strings.ReplaceAll(s.Column, "{fold}", strconv.Itoa(s.Fold))
}

// splits returns the split of each row, "" for none.
func (s Source) splits(file *labelfile.Table) (func(labelfile.Row, string) string, error) {
	column := splitColumn(s.Split)
	if s.Split.File == "" && file == nil {
		return nil, hint.With(fmt.Errorf("%s has no columns, and data.split.column names one", s.Path),
			"[data.split] file names a file with the split of each id")
	}
	if s.Split.File == "" {
		if !file.Has(column) {
			return nil, hint.With(fmt.Errorf("column %q is missing, which data.split.column names; saw %s", column,
				quoted(file.Columns)), "%s", hint.DidYouMean(column, file.Columns))
		}
		return func(row labelfile.Row, _ string) string {
			v, _ := row.Value(column)
			return splitName(v.Text)
		}, nil
	}
	byID, err := s.known.split(s.Split)
	if err != nil {
		return nil, err
	}
	return func(_ labelfile.Row, id string) string { return byID[id] }, nil
}

// hasColumns reports whether the source is a label file: folders and shards are not.
func (s Source) hasColumns() bool {
	return !isShards(s.Path) && !isDir(s.Path)
}

// fileHas reports whether the file of splits gives the source a sample.
func (s Source) fileHas() (bool, error) {
	wanted, err := s.splitter(nil)
	if err != nil {
		return false, err
	}
	byID, err := s.known.split(s.Split)
	for id := range byID {
		if wanted(labelfile.Row{}, id) {
			return true, nil
		}
	}
	return false, err
}

// keep takes those of the entries of a folder or of shards that belong to the source.
func (s Source) keep(entries []entry, problems data.Problems, err error) ([]entry, data.Problems, error) {
	if err != nil || len(s.Values) == 0 {
		return entries, problems, err
	}
	wanted, err := s.splitter(nil)
	if err != nil {
		return nil, nil, err
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool { return !wanted(labelfile.Row{}, e.ID) })
	for i := range entries {
		if !s.Labeled {
			entries[i].labels = nil
		}
	}
	return entries, problems, nil
}

// splitFile reads the split of each id.
func splitFile(s spec.SplitTable) (map[string]string, error) {
	path, column := strings.ReplaceAll(s.File, "{fold}", strconv.Itoa(s.Fold)), splitColumn(s)
	byID := map[string]string{}
	put := func(id, split string) error {
		id, split = clean(id), splitName(split)
		if was, ok := byID[id]; ok && was != split {
			return hint.With(fmt.Errorf("%s: id %q is in the splits %s and %s", path, id, was, split),
				"a sample belongs to one split")
		}
		byID[id] = split
		return nil
	}
	switch {
	case strings.Contains(path, "{split}"):
		return byID, splitLists(path, slices.Concat(s.Train, s.Valid, s.Test, s.Unlabeled), put)
	case strings.EqualFold(filepath.Ext(path), ".json"):
		return byID, splitJSON(path, column, put)
	}
	return byID, splitTable(path, column, put)
}

// splitLists reads a list of ids for each split; some splits may have none.
func splitLists(path string, names []string, put func(id, split string) error) error {
	found := false
	for _, name := range names {
		text, err := labelfile.Text(strings.ReplaceAll(path, "{split}", name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("split: %w", err)
		}
		found = true
		for id := range strings.Lines(string(text)) {
			if id = strings.TrimSpace(id); id != "" {
				if err := put(id, name); err != nil {
					return err
				}
			}
		}
	}
	if !found {
		return hint.With(fmt.Errorf("no file matches data.split.file = %q", path),
			"{split} stands for the values of train, valid and test: %s", strings.Join(names, ", "))
	}
	return nil
}

func splitJSON(path, column string, put func(id, split string) error) error {
	text, err := labelfile.Text(path)
	if err != nil {
		return fmt.Errorf("split: %w", err)
	}
	lists, err := splitObject(path, text, column)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		for _, id := range lists[name] {
			var text string
			if json.Unmarshal(id, &text) != nil {
				text = string(id) // a number
			}
			if err := put(text, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// splitObject returns the lists of ids of a JSON file or, where a column is given, of its
// object of that name. Other objects, such as "about", describe the file.
func splitObject(path string, text []byte, column string) (map[string][]json.RawMessage, error) {
	const advice = `expected a list of ids for each split: {"train": ["a", "b"], "test": ["c"]}`
	var values map[string]json.RawMessage
	err := json.Unmarshal(text, &values)
	if err == nil && column != "" {
		inner, ok := values[column]
		if !ok {
			return nil, hint.With(fmt.Errorf("split %s: no %q, saw %s", path, column,
				quoted(slices.Sorted(maps.Keys(values)))), "[data.split] column names the object with the lists, "+
				"and fold stands for {fold} in it")
		}
		values = nil
		err = json.Unmarshal(inner, &values)
	}
	lists := map[string][]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		if bytes.HasPrefix(value, []byte("{")) {
			continue
		}
		var ids []json.RawMessage
		if json.Unmarshal(value, &ids) != nil && err == nil {
			err = fmt.Errorf("%q is no list", name)
		}
		lists[name] = ids
	}
	if err == nil && len(lists) == 0 {
		err = errors.New("no list of ids")
	}
	if err != nil {
		return nil, hint.With(fmt.Errorf("split %s: %w", path, err), advice)
	}
	return lists, nil
}

// splitTable reads a table with an id and a split in each row.
func splitTable(path, column string, put func(id, split string) error) error {
	rows, err := labelfile.Read(path, "")
	if err != nil {
		return fmt.Errorf("split: %w", err)
	}
	if len(rows.Problems) > 0 {
		return rows.Problems
	}
	if column == "" {
		column = "split"
	}
	reader := &table{file: rows}
	if reader.id, err = reader.idColumn(); err != nil {
		return fmt.Errorf("split %s: %w", path, err)
	}
	if !rows.Has(column) {
		return hint.With(fmt.Errorf("split %s: column %q is missing, saw %s", path, column, quoted(rows.Columns)),
			"[data.split] column names the column of the splits")
	}
	for _, row := range rows.Rows {
		split, _ := row.Value(column)
		if err := put(reader.idOf(row), split.Text); err != nil {
			return err
		}
	}
	return nil
}
