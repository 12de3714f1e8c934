package layout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"montage/runner/data"
)

// row is one sample as the CSV file has it.
type row struct {
	id     string
	labels []string
	line   int
}

// table reads a CSV file and keeps what is wrong with it.
type table struct {
	file     string
	labeled  bool
	columns  []string
	rows     []row
	lines    map[string]int // of each id
	problems data.Problems
}

// columnHint is the answer to most mistakes in the header.
const columnHint = `the first line names the columns: "id,labels", or "id" for samples without labels`

// readTable parses the text of a CSV file. Where labeled is set every row must have
// labels; else labels are left out. Only rows without a problem are kept.
func readTable(file string, text []byte, labeled bool) ([]row, data.Problems) {
	t := &table{file: file, labeled: labeled, lines: map[string]int{}}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		t.problem(1, "the file is UTF-16, expected UTF-8", "save it as UTF-8")
		return nil, t.problems
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	reader := csv.NewReader(bytes.NewReader(text))
	reader.FieldsPerRecord = -1 // counted here, with the line
	for {
		record, err := reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.syntax(err)
			return t.rows, t.problems // what follows a lost quote is not to be trusted
		}
		line, _ := reader.FieldPos(0)
		if t.columns != nil {
			t.row(record, line)
		} else if !t.header(record, line) {
			return nil, t.problems
		}
	}
	if t.columns == nil {
		t.problem(1, "the file is empty", columnHint)
	}
	return t.rows, t.problems
}

func (t *table) problem(line int, text, hint string) {
	t.problems = append(t.problems, data.Problem{File: t.file, Line: line, Text: text, Hint: hint})
}

func (t *table) syntax(err error) {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		t.problem(1, err.Error(), "")
		return
	}
	t.problem(parse.Line, fmt.Sprintf("column %d: %v", parse.Column, parse.Err),
		`a field with a quote or comma in it is written in quotes, with inner quotes doubled: "a ""b"", c"`)
}

// header takes the first line and reports whether the rows can be read.
func (t *table) header(record []string, line int) bool {
	before := len(t.problems)
	for i := range record {
		record[i] = strings.TrimSpace(record[i])
	}
	for i, name := range record {
		switch {
		case len(record) == 1 && strings.HasPrefix(name, "id;"):
			t.problem(line, fmt.Sprintf("expected columns separated by commas, saw %q", name),
				"save the file with commas")
		case name != "id" && name != "labels" && !slices.Contains(record, "id"):
			t.problem(line, fmt.Sprintf("expected the header \"id,labels\", saw %q", strings.Join(record, ",")),
				columnHint)
		case name != "id" && name != "labels":
			t.problem(line, fmt.Sprintf("unknown column %q, expected id and labels", name),
				"remove the column: the data set reads no others")
		case slices.Contains(record[:i], name):
			t.problem(line, fmt.Sprintf("column %q occurs twice", name), columnHint)
		default:
			continue
		}
		return false
	}
	if !slices.Contains(record, "id") {
		t.problem(line, fmt.Sprintf("column \"id\" is missing, saw %q", strings.Join(record, ",")), columnHint)
	} else if t.labeled && !slices.Contains(record, "labels") {
		t.problem(line, `column "labels" is missing: these samples are to be labelled`, columnHint)
	}
	t.columns = record
	return len(t.problems) == before
}

func (t *table) row(record []string, line int) {
	before := len(t.problems)
	if len(record) != len(t.columns) {
		t.problem(line, fmt.Sprintf("expected %d columns, saw %d", len(t.columns), len(record)),
			`several labels of a sample are separated by "|"`)
		return
	}
	r := row{line: line}
	for i, field := range record {
		if !utf8.ValidString(field) {
			t.problem(line, fmt.Sprintf("column %q is not valid UTF-8: %q", t.columns[i], field),
				"save the file as UTF-8")
		} else if t.columns[i] == "id" {
			r.id = t.id(field, line)
		} else if t.labeled {
			r.labels = t.labels(field, line)
		}
	}
	if len(t.problems) == before {
		t.rows = append(t.rows, r)
	}
}

// id checks that an id is the name of one folder inside frames/ and new.
func (t *table) id(field string, line int) string {
	id := strings.TrimSpace(field)
	switch {
	case id == "":
		t.problem(line, "the id is empty", "the id is the name of the sample's folder in frames/")
	case id == "." || id == ".." || strings.ContainsAny(id, `/\`) || strings.ContainsFunc(id, unicode.IsControl):
		t.problem(line, fmt.Sprintf("id %q is not the name of a folder", id),
			"the id is the name of the sample's folder in frames/, without any path")
	case t.lines[id] != 0:
		t.problem(line, fmt.Sprintf("id %q was already given in line %d", id, t.lines[id]), "give every sample one row")
	default:
		t.lines[id] = line
	}
	return id
}

// labels splits the labels of a row; one given twice counts once.
func (t *table) labels(field string, line int) []string {
	if strings.TrimSpace(field) == "" {
		t.problem(line, "the sample has no label", "remove the row, or move it to the unlabelled data set")
		return nil
	}
	var labels []string
	for label := range strings.SplitSeq(field, "|") {
		label = strings.TrimSpace(label)
		if label == "" {
			t.problem(line, fmt.Sprintf("empty label in %q", field), `labels are separated by a single "|"`)
		} else if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}
