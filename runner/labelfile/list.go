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
// stands behind it: 0 at the end of the line.
func pathEnd(line string) (end int, delimiter byte) {
	for i := 1; i <= len(line); i++ {
		if i < len(line) && strings.IndexByte(" \t,;", line[i]) < 0 {
			continue
		}
		name := strings.TrimSuffix(line[:i], `"`)
		if !picture.IsPicture(name) && !video.IsVideo(name) {
			continue
		}
		if i == len(line) {
			return i, 0
		}
		return i, line[i]
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
		if _, found := pathEnd(firstLine(text)); found == ' ' || found == 0 {
			t.readWords(file, text)
			return
		} else {
			delimiter = string(found)
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
