package labelfile

import (
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
		if len(content) == 0 && len(table.Problems) == 0 {
			t.Error("an empty file is taken")
		}
	})
}
