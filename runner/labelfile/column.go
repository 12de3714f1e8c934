package labelfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
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
	text, stated := excelDelimiter(text)
	if delimiter == "" {
		delimiter = stated
	}
	comma := findDelimiter(text)
	if delimiter != "" {
		comma, _ = utf8.DecodeRuneInString(delimiter)
	}
	named := false
	t.records(file, text, comma, func(record []string, line int) {
		switch {
		case named:
			t.row(file, record, line)
		case t.Columns == nil:
			t.header(file, record, line)
		case !slices.EqualFunc(record, t.Columns, func(a, b string) bool { return strings.TrimSpace(a) == b }):
			t.problem(file, line, "the columns are not those of the first file", HeaderHint)
		}
		named = true
	})
	if !named {
		t.problem(file, 1, "the file is empty", HeaderHint)
	}
}

// records calls take with each record of a file and the line where it begins.
func (t *Table) records(file string, text []byte, comma rune, take func(record []string, line int)) {
	reader := newReader(text, comma)
	last := 1
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.syntax(file, text, comma, err)
			return // what follows a lost quote is not to be trusted
		}
		last, _ = reader.FieldPos(0)
		take(record, last)
	}
	if line := openQuote(text, last, comma); line > 0 && reader.LazyQuotes {
		t.unended(file, line)
	}
}

// excelDelimiter takes off the line that tells Excel the delimiter: sep=; in the first line.
func excelDelimiter(text []byte) (rest []byte, delimiter string) {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	stated, found := strings.CutPrefix(strings.Trim(string(line), `" `), "sep=")
	if !found || utf8.RuneCountInString(stated) != 1 {
		return text, ""
	}
	return append([]byte("\n"), rest...), stated // the empty line keeps the numbers of lines
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

func (t *Table) syntax(file string, text []byte, comma rune, err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		t.problem(file, 1, err.Error(), "")
		return
	}
	if line := openQuote(text, parse.StartLine, comma); line > 0 {
		t.unended(file, line)
		return
	}
	where := fmt.Sprintf("column %d", parse.Column)
	if parse.Line > parse.StartLine {
		where = fmt.Sprintf("the row goes on to line %d, where column %d", parse.Line, parse.Column)
	}
	t.problem(file, parse.StartLine, fmt.Sprintf("%s: %v", where, parse.Err), quoteHint)
}

func (t *Table) unended(file string, line int) {
	t.problem(file, line, "a field begins with a quote that never ends", quoteHint)
}

// openQuote returns the line of the quote that begins a field of the last record and never
// ends, 0 where there is none. The record begins in a line.
func openQuote(text []byte, line int, comma rune) int {
	for range line - 1 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	opened, starts := 0, true // whether a field starts here
	for i := 0; i < len(text); i++ {
		c := text[i]
		ends := i+1 == len(text) || text[i+1] == '\n' || rune(text[i+1]) == comma
		switch {
		case c == '"' && opened == 0 && starts:
			opened = line
		case c == '"' && opened > 0 && !ends && text[i+1] == '"':
			i++
		case c == '"' && opened > 0 && (ends || comma != '\t'):
			opened = 0
		}
		starts = opened == 0 && (c == '\n' || rune(c) == comma)
		if c == '\n' {
			line++
		}
	}
	return opened
}

func (t *Table) header(file string, record []string, line int) {
	seen := map[string]bool{}
	for i, name := range record {
		record[i] = strings.TrimSpace(name)
		if seen[record[i]] && record[i] != "" {
			t.problem(file, line, fmt.Sprintf("column %q occurs twice", record[i]), HeaderHint)
		}
		seen[record[i]] = true
	}
	t.Columns, t.Header = record, line
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
