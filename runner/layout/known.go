package layout

import (
	"fmt"

	"montage/core/spec"
	"montage/runner/labelfile"
)

// known is what was read for one data set of a spec and serves the others: one label file
// and one file of splits may hold all of them. The zero value keeps nothing.
type known struct {
	tables map[string]*labelfile.Table
	splits map[string]map[string]string
	rows   map[string]*featureRows
}

func newKnown() known {
	return known{tables: map[string]*labelfile.Table{}, splits: map[string]map[string]string{},
		rows: map[string]*featureRows{}}
}

// recall returns what is kept by a key, or reads it and keeps it.
func recall[T any](kept map[string]T, key string, read func() (T, error)) (T, error) {
	if found, ok := kept[key]; ok {
		return found, nil
	}
	found, err := read()
	if err == nil && kept != nil {
		kept[key] = found
	}
	return found, err
}

// table returns the label file of a source.
func (k known) table(s Source) (*labelfile.Table, error) {
	return recall(k.tables, s.Path, func() (*labelfile.Table, error) {
		return labelfile.Read(s.Path, s.Table.Delimiter)
	})
}

// split returns the split of each id that a file of splits has.
func (k known) split(s spec.SplitTable) (map[string]string, error) {
	return recall(k.splits, fmt.Sprint(s), func() (map[string]string, error) { return splitFile(s) })
}

// features returns the rows of files of features.
func (k known) features(patterns []string) (*featureRows, error) {
	return recall(k.rows, fmt.Sprintf("%q", patterns), func() (*featureRows, error) { return openFeatures(patterns) })
}
