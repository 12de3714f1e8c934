package labelfile

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"montage/runner/picture"
	"montage/runner/video"
)

// PathColumn and LabelsColumn are the columns of a list of files, which names none itself.
const (
	PathColumn   = "path"
	LabelsColumn = "labels"
)

// isList reports whether a file without a line of columns lists images or videos: its first
// line begins with the path of one.
func isList(file string, text []byte) bool {
	end, _ := pathEnd(firstLine(text))
	return end > 0 || strings.EqualFold(filepath.Ext(file), ".lst")
}

func firstLine(text []byte) string {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return string(line)
		}
	}
	return ""
}

// pathEnd returns where the path at the front of a line ends, 0 where none does, and what
// stands behind it: 0 at the end of the line. A path may hold spaces, and in quotes all.
func pathEnd(line string) (end int, delimiter byte) {
	const delimiters = "\t,;"
	for i := 1; i <= len(line); i++ {
		if i < len(line) && strings.IndexByte(delimiters+" ", line[i]) < 0 {
			continue
		}
		name := strings.TrimSuffix(line[:i], `"`)
		switch {
		case picture.IsPicture(name) || video.IsVideo(name):
			if i == len(line) {
				return i, 0
			}
			return i, line[i]
		case i < len(line) && line[i] != ' ' && line[0] != '"':
			return 0, 0 // a field that is no path
		}
	}
	return 0, 0
}

// readList reads a path a line, which labels may follow: "a.jpg", "a.jpg 3", "a.jpg,cat,dog".
func (t *Table) readList(file string, text []byte, delimiter string) {
	if !slices.Contains(t.Columns, PathColumn) {
		t.Columns = []string{PathColumn}
	}
	t.List = true
	if delimiter == "" {
		first := firstLine(text)
		end, found := pathEnd(first)
		switch {
		case found != 0 && found != ' ':
			delimiter = string(found)
		case end == 0 && strings.Contains(first, "\t"):
			delimiter = "\t"
		default:
			t.readWords(file, text)
			return
		}
	}
	t.records(file, text, []rune(delimiter)[0], func(record []string, line int) {
		t.listed(file, line, record)
	})
}

// readWords reads a list with spaces between path and labels. A path may have spaces too.
func (t *Table) readWords(file string, text []byte) {
	line := 0
	for raw := range bytes.SplitSeq(text, []byte("\n")) {
		line++
		words := strings.TrimSpace(string(raw))
		if words == "" {
			continue
		}
		end, _ := pathEnd(words)
		if end == 0 {
			end = len(strings.Fields(words)[0])
		}
		t.listed(file, line, append([]string{words[:end]}, strings.Fields(words[end:])...))
	}
}

// listed adds a row of a list. Several columns of labels are one, as "a|b".
func (t *Table) listed(file string, line int, record []string) {
	record = pathFirst(record)
	labels := record[1:]
	if areFlags(labels) {
		t.problem(file, line, "the line looks like a column of 0 and 1 for each class, without their names",
			`put a line before it that names the columns, and [data.table] class_columns = ["first..last"]`)
		return
	}
	if len(labels) > 0 && len(t.Columns) == 1 {
		t.Columns = append(t.Columns, LabelsColumn)
	}
	record = []string{strings.ReplaceAll(record[0], `\`, "/")}
	if len(t.Columns) > 1 {
		record = append(record, strings.Join(labels, "|"))
	}
	t.row(file, record, line)
}

// areFlags reports whether numbers behind a path are flags: labels would not recur.
func areFlags(labels []string) bool {
	return len(labels) > 2 && !slices.ContainsFunc(labels, func(l string) bool { return l != "0" && l != "1" })
}

// pathFirst puts the path of a record first. In MXNet's lists it is the last, behind a number
// of the line and labels that are written as 3.000000.
//
// Source: the .lst files of im2rec, MXNet 1.9.
func pathFirst(record []string) []string {
	last := len(record) - 1
	if last < 2 || !picture.IsPicture(record[last]) || picture.IsPicture(record[0]) {
		return record
	}
	out := []string{record[last]}
	for _, label := range record[1:last] {
		if whole, zeros, found := strings.Cut(label, "."); found && strings.Trim(zeros, "0") == "" {
			label = whole
		}
		out = append(out, label)
	}
	return out
}
