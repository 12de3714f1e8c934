package layout

import (
	"fmt"

	"montage/core/spec"
	"montage/runner/labelfile"
)

// known is what was read for one data set of a spec and serves the others: one label file
// and one file of splits may hold all of them. A nil *known keeps nothing.
type known struct {
	tables map[string]*labelfile.Table
	splits map[string]map[string]string
	rows   map[string]*featureRows
}

func newKnown() *known {
	return &known{tables: map[string]*labelfile.Table{}, splits: map[string]map[string]string{},
		rows: map[string]*featureRows{}}
}

// table returns the label file of a source.
func (k *known) table(s Source) (*labelfile.Table, error) {
	if k == nil {
		return labelfile.Read(s.Path, s.Table.Delimiter)
	}
	if t := k.tables[s.Path]; t != nil {
		return t, nil
	}
	t, err := labelfile.Read(s.Path, s.Table.Delimiter)
	if err == nil {
		k.tables[s.Path] = t
	}
	return t, err
}

// split returns the split of each id that a file of splits has.
func (k *known) split(s spec.SplitTable, column string) (map[string]string, error) {
	if k == nil {
		return splitFile(s, column)
	}
	key := fmt.Sprint(s)
	if of := k.splits[key]; of != nil {
		return of, nil
	}
	of, err := splitFile(s, column)
	if err == nil {
		k.splits[key] = of
	}
	return of, err
}

// features returns the rows of files of features.
func (k *known) features(patterns []string) (*featureRows, error) {
	if k == nil {
		return openFeatures(patterns)
	}
	key := fmt.Sprintf("%q", patterns)
	if of := k.rows[key]; of != nil {
		return of, nil
	}
	of, err := openFeatures(patterns)
	if err == nil {
		k.rows[key] = of
	}
	return of, err
}
