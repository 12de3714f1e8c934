// Package labelfile reads the rows of label files as they are published: CSV and TSV,
// JSON Lines, JSON, a JSON file for each sample, annotations as COCO has them, and lists of
// files. What the columns mean is left to package layout.
package labelfile

import (
	"slices"

	"montage/runner/data"
)

// Table is a label file.
type Table struct {
	// File is the path, or the pattern of paths, that was read.
	File string
	// Columns are the names of the columns or, of JSON, the keys of all objects, with dots
	// between the levels, sorted.
	Columns []string
	Rows    []Row
	// Header is the line that names the columns, 0 where no line does.
	Header int
	// List says that the file lists paths: it has the columns PathColumn and LabelsColumn.
	List bool
	// Problems are what is wrong with the file; their rows are left out.
	Problems data.Problems

	places map[string]int // of the columns in all rows
}

// Row is one sample of a label file.
type Row struct {
	// File and Line are where the row begins.
	File string
	Line int
	// Key is the name of the object in a JSON file of named objects, or the name of its
	// own file without extension; "" where there is none.
	Key string

	places map[string]int // the table's
	texts  []string       // of a table of columns, by place
	values []placed       // of an object, by place
}

// placed is what an object has in a column.
type placed struct {
	place int
	Value
}

// Value is what a row has in a column.
type Value struct {
	// Text is a scalar as it is written, List the elements of a JSON list.
	Text string
	List []string
	// IsList tells an empty list from an empty text.
	IsList bool
}

// Value returns the row's value in a column, and reports whether it has one.
func (r Row) Value(column string) (Value, bool) {
	place, known := r.places[column]
	if !known {
		return Value{}, false
	}
	if r.texts != nil {
		return Value{Text: r.texts[place]}, true
	}
	i, has := slices.BinarySearchFunc(r.values, place, func(v placed, place int) int { return v.place - place })
	if !has {
		return Value{}, false
	}
	return r.values[i].Value, true
}

// Has reports whether the file has a column.
func (t *Table) Has(column string) bool {
	return slices.Contains(t.Columns, column)
}

func (t *Table) problem(file string, line int, text, hint string) {
	t.Problems = append(t.Problems, data.Problem{File: file, Line: line, Text: text, Hint: hint})
}
