package layout

import (
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
)

// TestColumnsOfLabels joins the labels of several columns, each with its separator.
func TestColumnsOfLabels(t *testing.T) {
	dir := tree(t, map[string]string{
		"emoji.json": `[{"unified": "1F600", "image": "1f600.png", "category": "Smileys", "subcategory": "face"},
			{"unified": "1F436", "image": "1f436.png", "category": "Animals", "subcategory": "Animals"}]`,
		"img/apple/64/1f600.png": "", "img/apple/64/1f436.png": "", "img/google/64/1f600.png": "",
		"a.csv": "id,genres,tags\n1f600,\"Comedy, Drama\",a|b\n1f436,Drama,\n"})
	lines := "labeled = \"" + dir + "/emoji.json\"\n[data.table]\nid = \"unified\"\nfiles = \"img/*/64/{image}\"\n" +
		"labels = "
	l := New(standard(t, lines+"[\"category\", \"subcategory\"]\n"))
	expect(t, l, map[Role][]string{Labeled: {"1F600: Smileys face", "1F436: Animals"}})
	set, err := l.Open(t.Context(), Labeled, []string{"face"})
	frames := []string{"img/apple/64/1f600.png", "img/google/64/1f600.png"}
	if err != nil || !slices.Equal(set.Samples[0].Frames, frames) {
		t.Errorf("frames %v, %v", set, err)
	}
	expect(t, New(standard(t, lines+"\"subcategory\"\n")),
		map[Role][]string{Labeled: {"1F600: face", "1F436: Animals"}})
	expect(t, New(standard(t, "labeled = \""+dir+"/a.csv\"\n[data.table]\nfiles = \"img/*/64/{id}.png\"\n"+
		"labels = [\"genres\", \"tags\"]\n")), map[Role][]string{Labeled: {"1f600: Comedy Drama a b", "1f436: Drama"}})
	_, err = New(standard(t, lines+"[\"category\", \"sub\"]\n")).Open(t.Context(), Labeled, nil)
	if err == nil || !strings.Contains(err.Error(), `column "sub" is missing, which data.table.labels names`) {
		t.Errorf("got %v", err)
	}
}

// TestIDsWithCare keeps zeros, and warns of ids that differ in capitals alone.
func TestIDsWithCare(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "sep=;\r\nid;labels\r\n007;X\r7;X\n\"b\";Y\r\nB;Y\n",
		"frames/007/a.png": "",
		"frames/7/a.png":   "", "frames/b/a.png": "", "frames/B/a.png": ""})
	l := New(standard(t, "labeled = \""+dir+"/a.csv\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"007: X", "7: X", "b: Y", "B: Y"}})
	warned(t, l, `a.csv:6: the ids "b", "B" differ only in capitals`)
}

// TestLinesThatMislead are told with their line and what to do.
func TestLinesThatMislead(t *testing.T) {
	const none = "t.csv:1: the first line names no columns: "
	for text, want := range map[string]string{
		"tt01,Drama\ntt2,War\n":             none + `"tt01" looks like the ids below it`,
		"17\n18\n":                          none + `"17" looks like the ids below it`,
		"id,labels\n":                       `t.csv:1: no sample follows the header`,
		"id\n":                              `t.csv:1: no sample follows the header`,
		"sep=;\nid;labels\n;X\n":            `t.csv:3: the id is empty`,
		"id,labels\r1,X\r,X\r":              `t.csv:3: the id is empty`,
		"id,labels\n\u00e9,X\ne\u0301,X\n":  `t.csv:3: id "é" was already given in line 2`,
		"id\tlabels\n1\t\"X\n2\tY\n3\tZ\n":  `t.csv:2: a field begins with a quote that never ends`,
		"id,labels\n1,X\n2,\x00\n":          `t.csv:3: a NUL character`,
		"i\x00d\x00,\x00l\x00\n\x00":        `t.csv:1: a NUL character`,
		"id,labels\n1,\"a\nb\"\n2,\"c,\n\n": `t.csv:4: a field begins with a quote that never ends`,
	} {
		_, problems := rowsOf(t, text, strings.ContainsAny(text, "lD"))
		if len(problems) == 0 {
			t.Errorf("%q: no problem found", text)
		} else if got := problems[0].String(); got != want || problems[0].Hint == "" {
			t.Errorf("%q:\n got %s (%s)\nwant %s", text, got, problems[0].Hint, want)
		}
	}
	_, problems := rowsOf(t, "a,Drama\nb,War\nc,Drama\n", true)
	if len(problems) == 0 || !strings.Contains(problems.Error(), "hint: the first line names the columns") {
		t.Errorf("got %v", problems)
	}
}

// TestCOCO reads images with the categories of their annotations.
func TestCOCO(t *testing.T) {
	text := `{"info": {"year": 2017}, "annotations": [{"image_id": 2, "category_id": 18, "bbox": [1, 2, 3, 4]},
		{"image_id": 2, "category_id": 18}, {"image_id": 2, "category_id": 1}, {"image_id": 3, "category_id": 1}],
	"images": [{"id": 2, "file_name": "000.jpg", "width": 40},
		{"id": 3, "file_name": "001.jpg"},
		{"id": 4, "file_name": "002.jpg"}], "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}]}`
	dir := tree(t, map[string]string{"a.json": text, "images/000.jpg": "", "images/001.jpg": "", "images/002.jpg": "",
		"b.json": strings.Replace(text, `"category_id": 1}]`, `"category_id": 9}]`, 1)})
	l := New(standard(t, "labeled = \""+dir+"/a.json\"\n[data.table]\nempty = \"none\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"2: dog person", "3: person", "4"}})
	for name, want := range map[string]string{"a.json": "a.json:5: the sample has no label",
		"b.json": "b.json:4: image 3 has an annotation of category 9, which is not listed"} {
		_, err := New(standard(t, "labeled = \""+dir+"/"+name+"\"\n")).Open(t.Context(), Labeled, []string{"dog"})
		if err == nil || !strings.Contains(hint.Text(err), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// TestTablesOfAPattern reads the rows of all, each below its own line of columns.
func TestTablesOfAPattern(t *testing.T) {
	dir := tree(t, map[string]string{"a-1.csv": "id, labels\n1,X\n", "a-2.csv": "id, labels\n2,Y\n",
		"b-1.csv": "id,labels\n1,X\n", "b-2.csv": "id,tags\n2,Y\n", "frames/1/a.png": "", "frames/2/a.png": ""})
	expect(t, New(standard(t, "labeled = \""+dir+"/a-*.csv\"\n")), map[Role][]string{Labeled: {"1: X", "2: Y"}})
	_, err := New(standard(t, "labeled = \""+dir+"/b-*.csv\"\n")).Open(t.Context(), Labeled, []string{"X"})
	if err == nil || !strings.Contains(err.Error(), "b-2.csv:1: the columns are not those of the first file") {
		t.Errorf("got %v", err)
	}
}

// TestFolderOfAll takes folders of frames and videos as samples, and tells of images beside them.
func TestFolderOfAll(t *testing.T) {
	dir := tree(t, map[string]string{"tt1/1.jpg": "", "tt2.mp4": "", "cover.jpg": "", "notes.txt": ""})
	l := New(standard(t, "unlabeled = \""+dir+"\"\n"))
	listed := l.list(Unlabeled)
	if e := listed.entries; len(e) != 2 || e[0].ID != "tt1" || e[1].ID != "tt2.mp4" {
		t.Errorf("entries %v, %v", e, listed.err)
	}
	if text := l.Warnings.Error(); !strings.Contains(text, "1 images beside the folders and videos are not "+
		"read, cover.jpg") {
		t.Errorf("warnings %s", text)
	}
	for name, want := range map[string]string{"1.jpg": "# an image for each sample",
		"a/1.jpg": "# a folder of frames or a video for each sample"} {
		l := New(standard(t, "unlabeled = \""+tree(t, map[string]string{name: ""})+"\"\n"))
		if l.list(Unlabeled); len(l.Found) != 1 || !strings.HasSuffix(l.Found[0], want) {
			t.Errorf("found %q, want %s", l.Found, want)
		}
	}
}
