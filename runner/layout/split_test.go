package layout

import (
	"strings"
	"testing"

	"montage/core/hint"
)

// warned opens all data sets of a layout, and checks that it warns of each text and of nothing else.
func warned(t *testing.T, l *Layout, want ...string) {
	t.Helper()
	for _, role := range Roles {
		names(t, l, role)
	}
	var text []string
	for _, w := range l.Warnings {
		text = append(text, w.String())
	}
	all := strings.Join(text, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("no warning %q in\n%s", w, all)
		}
	}
	if len(text) != len(want) {
		t.Errorf("%d warnings, want %d:\n%s", len(text), len(want), all)
	}
}

// TestSplitsAreAccountedFor: a row that no data set takes and an id that no row has are told.
func TestSplitsAreAccountedFor(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels,set\n01,X,train\n1,X,test\n3,X,holdout\n4,X,Holdout\n5,X,\n",
		"b.json": `{"train": ["01", 77], "test": ["1"], "spare": ["3"]}`, "frames/01/a.png": "", "frames/1/a.png": "",
		"lists/train.txt": "01\n", "lists/test.txt": "1\nx\n"})
	labeled := "labeled = \"" + dir + "/a.csv\"\n"
	warned(t, New(standard(t, labeled+"split.column = \"set\"\n")),
		`a.csv: splits that no data set takes, with their rows: "holdout" (2)`,
		`a.csv: 1 of 5 rows have no split and are left out, "5" first`)
	warned(t, New(standard(t, labeled+"split.file = \""+dir+"/b.json\"\n")),
		`a.csv: splits that no data set takes, with their rows: "spare" (1)`,
		`a.csv: 2 of 5 rows have no split and are left out, "4" first`,
		`b.json: 1 of the ids are in no row of `+dir+`/a.csv: "77"`)
	warned(t, New(standard(t, labeled+"split.file = \""+dir+"/lists/{split}.txt\"\n")),
		`a.csv: 3 of 5 rows have no split and are left out, "3" first`, `a.csv: "x"`)
}

// TestSplitsThatNoRowHas are an error with what there is.
func TestSplitsThatNoRowHas(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels,set\n1,X,0\n2,X,0\n3,X,1\n", "frames/1/a.png": ""})
	_, err := New(standard(t, "labeled = \""+dir+"/a.csv\"\nsplit.column = \"set\"\n")).Open(t.Context(), Labeled, nil)
	want := `a.csv: no row has one of the splits "train", "trn", "training", saw "0" (2), "1" (1)` +
		"\nhint: [data.split]"
	if err == nil || !strings.Contains(hint.Text(err), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestUnusedSplit: a column of splits that the spec does not name is told.
func TestUnusedSplit(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels,Split\n1,X,train\n2,X,test\n", "frames/1/a.png": "",
		"frames/2/a.png": ""})
	warned(t, New(standard(t, "labeled = \""+dir+"/a.csv\"\n")), `a.csv:1: column "Split" is not used`)
}

// TestSplitsAsWindowsSavesThem: a byte order mark is no part of an id, and UTF-16 is read.
func TestSplitsAsWindowsSavesThem(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels\n1,X\n2,Y\n", "frames/1/a.png": "", "frames/2/a.png": "",
		"lists/train.txt": "\ufeff1\r\n", "lists/test.txt": "\xff\xfe2\x00\r\x00\n\x00",
		"s.json": "\ufeff{\"train\": [\"1\"], \"test\": [\"2\"]}", "classes.txt": "\xff\xfeX\x00\r\x00\n\x00Y\x00"})
	for _, file := range []string{"lists/{split}.txt", "s.json"} {
		l := New(standard(t, "labeled = \""+dir+"/a.csv\"\nclass_file = \""+dir+"/classes.txt\"\nsplit.file = \""+dir+
			"/"+file+"\"\n"))
		expect(t, l, map[Role][]string{Labeled: {"1: X"}, Test: {"2: Y"}})
		if len(l.Warnings) != 1 { // of Y, which has no training sample
			t.Errorf("%s: warnings %v", file, l.Warnings)
		}
	}
}
