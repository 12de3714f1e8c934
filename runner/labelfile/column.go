package labelfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// delimiters are those that are found, the likelier first.
const delimiters = ",\t;|"

// sampled is the number of rows by which a delimiter is found.
const sampled = 50

// HeaderHint is the answer to most mistakes in the first line of a table.
const HeaderHint = `the first line names the columns, such as "id,labels"; [data.table] says which column is what`

// quoteHint is the answer to most mistakes with quotes.
const quoteHint = `a field with a quote or delimiter in it is written in quotes, with inner quotes doubled: ` +
	`"a ""b"", c"`

// readColumns reads a table whose first line names the columns.
func (t *Table) readColumns(file string, text []byte, delimiter string) {
	comma := findDelimiter(text)
	if delimiter != "" {
		comma, _ = utf8.DecodeRuneInString(delimiter)
	}
	reader := newReader(text, comma)
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.syntax(file, err)
			return // what follows a lost quote is not to be trusted
		}
		line, _ := reader.FieldPos(0)
		if t.Columns == nil {
			t.header(file, record)
		} else {
			t.row(file, record, line)
		}
	}
	if t.Columns == nil {
		t.problem(file, 1, "the file is empty", HeaderHint)
	}
}

func newReader(text []byte, comma rune) *csv.Reader {
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1 // counted by row, with the line
	reader.Comma = comma
	reader.LazyQuotes = comma == '\t' // a quote is a character in most files with tabs
	return reader
}

// findDelimiter returns the delimiter by which the first rows have as many fields as the
// header; of several, the one with the most.
func findDelimiter(text []byte) rune {
	best, most := ',', 1
	for _, comma := range delimiters {
		reader := newReader(text, comma)
		header, err := reader.Read()
		if err != nil || len(header) <= most {
			continue
		}
		even := true
		for range sampled {
			record, err := reader.Read()
			if err == io.EOF {
				break
			}
			even = even && err == nil && len(record) == len(header)
		}
		if even || most == 1 {
			best, most = comma, len(header)
		}
	}
	return best
}

func (t *Table) syntax(file string, err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		t.problem(file, 1, err.Error(), "")
		return
	}
	t.problem(file, parse.Line, fmt.Sprintf("column %d: %v", parse.Column, parse.Err), quoteHint)
}

func (t *Table) header(file string, record []string) {
	seen := map[string]bool{}
	for i, name := range record {
		record[i] = strings.TrimSpace(name)
		if seen[record[i]] && record[i] != "" {
			t.problem(file, 1, fmt.Sprintf("column %q occurs twice", record[i]), HeaderHint)
		}
		seen[record[i]] = true
	}
	t.Columns = record
}

func (t *Table) row(file string, record []string, line int) {
	if len(record) != len(t.Columns) {
		t.problem(file, line, fmt.Sprintf("expected %d columns, saw %d", len(t.Columns), len(record)), quoteHint)
		return
	}
	if t.places == nil {
		t.places = map[string]int{}
		for i, column := range t.Columns {
			t.places[column] = i
		}
	}
	for i, field := range record {
		if !utf8.ValidString(field) {
			t.problem(file, line, fmt.Sprintf("column %q is not valid UTF-8: %q", t.Columns[i], field),
				"save the file as UTF-8")
			return
		}
	}
	t.Rows = append(t.Rows, Row{File: file, Line: line, places: t.places, texts: record})
}
