package layout

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"montage/runner/data"
	"montage/runner/data/datatest"
	"montage/runner/labelfile"
)

func TestTableReadsWhatSpreadsheetsWrite(t *testing.T) {
	for name, text := range map[string]string{
		"plain":        "id,labels\na,Drama|War\nb,War\n",
		"bom and crlf": "\ufeffid,labels\r\na,Drama|War\r\nb,War\r\n",
		"mixed ends":   "id,labels\r\na,Drama|War\nb,War\r",
		"spaces":       "id, labels\n a ,Drama | War|Drama\nb, War\n",
		"quotes":       "\"id\",\"labels\"\n\"a\",\"Drama|War\"\n\"b\",\"War\"",
		"other order":  "labels,id\nDrama|War,a\n\nWar,b\n",
	} {
		rows, problems := rowsOf(t, text, true)
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		} else if len(rows) != 2 || rows[0].ID != "a" || rows[1].ID != "b" ||
			!slices.Equal(rows[0].labels, []string{"Drama", "War"}) || !slices.Equal(rows[1].labels, []string{"War"}) {
			t.Errorf("%s: read %v", name, rows)
		}
	}
}

func TestTableWithoutLabels(t *testing.T) {
	for _, text := range []string{"id\na\n", "id,labels\na,\n", "id,labels\na,War\n"} {
		rows, problems := rowsOf(t, text, false)
		if len(problems) > 0 || len(rows) != 1 || rows[0].labels != nil {
			t.Errorf("%q: rows %v, problems %v", text, rows, problems)
		}
	}
}

func TestTableProblems(t *testing.T) {
	const head = "id,labels\n"
	for text, want := range map[string]string{
		"": `t.csv:1: the file is empty`,
		"a,Drama\nb,War\n": `t.csv:1: column "labels" is missing, saw "a", "Drama": ` +
			`these samples are to be labelled`,
		"id,genre,tags\na,X,Y\n": `t.csv:1: several columns may hold the labels: "genre", "tags"`,
		"id,id\n":                `t.csv:1: column "id" occurs twice`,
		"id\na\n": `t.csv:1: column "labels" is missing, saw "id": ` +
			`these samples are to be labelled`,
		head + "a,Drama\nb,\n":      `t.csv:3: the sample has no label`,
		head + "a,Drama||War\n":     `t.csv:2: empty label in "Drama||War"`,
		head + ",Drama\n":           `t.csv:2: the id is empty`,
		head + "../a,Drama\n":       `t.csv:2: id "../a" is not the name of a folder`,
		head + "..,Drama\n":         `t.csv:2: id ".." is not the name of a folder`,
		head + `a\b,Drama`:          `t.csv:2: id "a\\b" is not the name of a folder`,
		head + "a\x00b,Drama\n":     `t.csv:2: a NUL character`,
		head + "a,Drama\n\na,War\n": `t.csv:4: id "a" was already given in line 2`,
		head + "a,Drama,War\n":      `t.csv:2: expected 2 columns, saw 3`,
		head + "a,Com\xe9die\n":     `t.csv:2: column "labels" is not valid UTF-8: "Com\xe9die"`,
		head + "a,\"Drama\nb,War\n": `t.csv:2: a field begins with a quote that never ends`,
		head + "a,X\n\"b\nc\",X\n\"d\n\",X Y \n\"\ne\",\"Drama\nf,War\n": "" +
			`t.csv:8: a field begins with a quote that never ends`,
		head + "a,\"Drama\nb,\"War\"\n": `t.csv:2: the row goes on to line 3, where column 3: ` +
			`extraneous or missing " in quoted-field`,
		head + "\"a\nb\",X\nc,\nd,X\n":  `t.csv:2: id "a\nb" is not the name of a folder`,
		head + "\"a\",\"X\"\nc,\nd,X\n": `t.csv:3: the sample has no label`,
	} {
		_, problems := rowsOf(t, text, true)
		if len(problems) == 0 {
			t.Errorf("%q: no problem found", text)
		} else if got := problems[0].String(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		} else if problems[0].Hint == "" {
			t.Errorf("%q: no hint", text)
		}
	}
}

func TestTableFindsAllProblems(t *testing.T) {
	_, problems := rowsOf(t, "id,labels\n,X\na,\n../b,X\nc,X\nc,X\n", true)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if !slices.Equal(lines, []int{2, 3, 4, 6}) {
		t.Errorf("problems in lines %v: %v", lines, problems)
	}
}

// rowsOf reads the text of a CSV file. Paths in problems are short.
func rowsOf(t *testing.T, text string, labeled bool) ([]entry, data.Problems) {
	t.Helper()
	dir := t.TempDir()
	datatest.Write(t, filepath.Join(dir, "frames/.keep"), nil)
	path := filepath.Join(dir, "t.csv")
	datatest.Write(t, path, []byte(text))
	entries, problems, err := read(Source{Path: path, Labeled: labeled})
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for i := range problems {
		problems[i].File = "t.csv"
	}
	return entries, problems
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("id,labels\na,Drama|War\n"), true)
	f.Add([]byte("\ufeffid\r\na\r\n"), false)
	f.Add([]byte("labels,id\n\"x\n\",\"y"), true)
	f.Fuzz(func(t *testing.T, text []byte, labeled bool) {
		rows, problems := rowsOf(t, string(text), labeled)
		if path := filepath.Join(t.TempDir(), "t.csv"); isListOf(t, path, text) {
			return // its ids are paths
		}
		seen := map[string]bool{}
		for _, r := range rows {
			if r.ID == "" || r.ID == "." || r.ID == ".." || strings.ContainsAny(r.ID, "/\\\x00") ||
				!utf8.ValidString(r.ID) || seen[r.ID] {
				t.Errorf("bad id %q was let through", r.ID)
			}
			if labeled != (len(r.labels) > 0) || slices.Contains(r.labels, "") {
				t.Errorf("labels %q", r.labels)
			}
			seen[r.ID] = true
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r"))+1 {
				t.Errorf("problem in line %d of %q", p.Line, text)
			}
		}
	})
}

func isListOf(t *testing.T, path string, text []byte) bool {
	t.Helper()
	datatest.Write(t, path, text)
	file, err := labelfile.Read(path, "")
	return err == nil && file.List
}
