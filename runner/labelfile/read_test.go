package labelfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzRead: whatever a file holds, its rows and problems are in it, and no column is lost.
func FuzzRead(f *testing.F) {
	for name, text := range map[string]string{
		"a.csv":   "id,labels\na,\"x, \"\"y\"\"\"\n",
		"b.csv":   "id;a|b\n1;2\n",
		"c.tsv":   "id\tlabels\n1\t['a', \"b\n",
		"d.jsonl": "{\"id\": 1, \"a\": {\"b\": [true, null, 2.5]}}\n\n[]\n{}{}\n",
		"e.json":  "{\"x\": {\"labels\": [\"a\"]}, \"y\": [\"b\"], \"z\": ",
		"f.json":  "[{\"id\": 1}, 2]",
		"h.txt":   "a/1.jpg 3 4\n\n2.jpg\n",
		"i.csv":   "sep=;\n1.jpg;x\n\"2.jpg\";\"y\n",
		"j.json":  `{"images": [{"id": 1}], "annotations": [{"image_id": 1, "category_id": 2}], "categories": []}`,
		"g.csv":   "\xff\xfei\x00d\x00",
	} {
		f.Add(name, []byte(text))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		text, err := decode(content)
		if err != nil {
			return
		}
		table := &Table{File: name}
		table.read(name, text, "", false)
		lines := strings.Count(string(text), "\n") + 1
		for _, row := range table.Rows {
			if row.Line < 1 || row.Line > lines {
				t.Errorf("a row in line %d of %d", row.Line, lines)
			}
			for column := range row.places {
				if _, has := row.Value(column); has && !table.Has(column) {
					t.Errorf("column %q is not among %q", column, table.Columns)
				}
			}
		}
		for _, p := range table.Problems {
			if p.Line < 1 || p.Line > lines {
				t.Errorf("a problem in line %d of %d: %v", p.Line, lines, p)
			}
		}
		if len(text) == 0 && len(table.Problems) == 0 {
			t.Error("an empty file is taken")
		}
	})
}

// TestRowsBeginWhereTheyAre in a text of JSON, whose samples may take several lines.
func TestRowsBeginWhereTheyAre(t *testing.T) {
	for text, want := range map[string][]int{
		"[\n{\n\"id\": 1,\n\"a\": 2},\n\n{\"id\": 2}, {\n\"id\": 3}]": {2, 6, 6},
		"{\n\"x\":\n{\"a\": 1},\n\"y\": [\n\"b\"]}":                   {2, 4},
		"{\"images\":\n[\n{\n\"id\": 1}\n,\n{\"id\": 2}], \"annotations\": [],\n\"categories\": " +
			"[{\"id\": 1, \"name\": \"a\"}]}": {3, 6},
	} {
		table := &Table{File: "a.json"}
		table.read("a.json", []byte(text), "", false)
		var got []int
		for _, row := range table.Rows {
			got = append(got, row.Line)
		}
		if !slices.Equal(got, want) || len(table.Problems) > 0 {
			t.Errorf("%s: rows in lines %v, want %v; %v", text, got, want, table.Problems)
		}
	}
}

// TestKeysThatMeanTwo: a dot in a key stands for a level, so that one key may mean two values.
func TestKeysThatMeanTwo(t *testing.T) {
	table := &Table{File: "a.jsonl"}
	const text = "{\"a.b\": 1}\n{\"z\": 1, \"a.b\": 1, \"a\": {\"b\": 2}}\n{\"a\": {\"b\": 2}}\n"
	table.read("a.jsonl", []byte(text), "", false)
	if len(table.Rows) != 2 || len(table.Problems) != 1 ||
		table.Problems[0].String() != `a.jsonl:2: two values have the key "a.b"` {
		t.Errorf("%d rows, problems %v", len(table.Rows), table.Problems)
	}
}

// TestDelimiters that cannot stand between columns are refused, and others taken.
func TestDelimiters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("id·labels\na·x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, delimiter := range []string{`"`, "\n", "\r", "ab", `\t`, "\xff"} {
		if _, err := Read(path, delimiter); err == nil || !strings.Contains(err.Error(), "is not one character") {
			t.Errorf("%q: got %v", delimiter, err)
		}
	}
	if table, err := Read(path, "·"); err != nil || !slices.Equal(table.Columns, []string{"id", "labels"}) {
		t.Errorf("got %v, %v", table, err)
	}
}
