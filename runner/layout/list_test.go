package layout

import (
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
)

// TestLists reads a path a line, with labels behind it as tools write them.
func TestLists(t *testing.T) {
	for name, text := range map[string]string{
		"a.txt": "p/1.jpg cat\np/b c.PNG dog black\n",
		"b.lst": "p/1.jpg\tcat\r\n\r\np/b c.PNG\tdog|black\r\n",
		"c.csv": "p/1.jpg,cat\np/b c.PNG,dog,black\n",
		"d.csv": "./p/1.jpg,cat\n\"p/b c.PNG\",\"dog, black\"\n",
		"e.csv": "p\\1.jpg;cat\np\\b c.PNG;dog;black\n",
		"f.tsv": "\ufeffp/1.jpg\tcat\np//b c.PNG\tdog\tblack",
	} {
		dir := tree(t, map[string]string{name: text, "p/1.jpg": "", "p/b c.PNG": ""})
		expect(t, New(standard(t, "labeled = \""+dir+"/"+name+"\"\n")),
			map[Role][]string{Labeled: {"p/1.jpg: cat", "p/b c.PNG: black dog"}})
		if bare := names(t, New(standard(t, "unlabeled = \""+dir+"/"+name+"\"\n")), Unlabeled); !slices.Equal(bare,
			[]string{"p/1.jpg", "p/b c.PNG"}) {
			t.Errorf("%s without labels: %q", name, bare)
		}
	}
}

// TestImageNetLists reads numbers of classes, and finds the folder of the images.
func TestImageNetLists(t *testing.T) {
	dir := tree(t, map[string]string{"lists/val.txt": "0001.JPEG 1\n0002.JPEG 0\n", "val/0001.JPEG": "",
		"val/0002.JPEG": "", "names.txt": "tench\ngoldfish\n", "lists/more.txt": "0001.JPEG 0,1\n",
		"lists/far.txt": "0001.JPEG 2\n0002.JPEG 1\n"})
	lines := "class_file = \"" + dir + "/names.txt\"\nlabeled = \"" + dir + "/lists/"
	l := New(standard(t, lines+"val.txt\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"0001.JPEG: goldfish", "0002.JPEG: tench"}})
	want := []string{`[data.table] files = "../val/{path}"`,
		"# labels that are numbers are positions in the list of classes, from 0"}
	if !slices.Equal(l.Found, want) {
		t.Errorf("found %q", l.Found)
	}
	files := "\"\ntable.files = \"../val/{path}\"\n"
	expect(t, New(standard(t, lines+"more.txt"+files)), map[Role][]string{Labeled: {"0001.JPEG: tench goldfish"}})
	far := New(standard(t, lines+"far.txt"+files))
	expect(t, far, map[Role][]string{Labeled: {"0002.JPEG: goldfish"}})
	if text := far.Warnings.Error(); !strings.Contains(text,
		`labels that are none of the 2 classes, with their samples: "2" (1)`+
			"\nhint: labels that are numbers are positions") {
		t.Errorf("warnings %s", text)
	}
	numbers := New(standard(t, "classes = [0, 1]\nlabeled = \""+dir+"/lists/val.txt\"\n"))
	expect(t, numbers, map[Role][]string{Labeled: {"0001.JPEG: 1", "0002.JPEG: 0"}})
}

// TestListOfFolders reads paths without the name of an image where the file ends as lists do.
func TestListOfFolders(t *testing.T) {
	dir := tree(t, map[string]string{"a.lst": "shots/tt1 3 17\nshots/tt2 3\n", "shots/tt1/1.jpg": "",
		"shots/tt2/1.jpg": ""})
	expect(t, New(standard(t, "labeled = \""+dir+"/a.lst\"\n")),
		map[Role][]string{Labeled: {"shots/tt1: 17 3", "shots/tt2: 3"}})
}

// TestListsOfVideos have numbers behind the path of each.
func TestListsOfVideos(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": "v/shot 1.mp4 3 17\nv/2.mkv 3\n", "v/shot 1.mp4": "", "v/2.mkv": ""})
	listed := New(standard(t, "labeled = \""+dir+"/a.txt\"\n")).list(Labeled)
	if e := listed.entries; len(e) != 2 || e[0].Dir != dir+"/v/shot 1.mp4" || !slices.Equal(e[0].labels,
		[]string{"3", "17"}) {
		t.Errorf("entries %v, %v, %v", e, listed.problems, listed.err)
	}
}

// TestListsOfMXNet have a number and the labels before the path.
func TestListsOfMXNet(t *testing.T) {
	dir := tree(t, map[string]string{"a.lst": "0\t3.000000\tp/a b.jpg\n7\t2.000000\t10.0\tp/2.jpg\n", "p/a b.jpg": "",
		"p/2.jpg": ""})
	expect(t, New(standard(t, "labeled = \""+dir+"/a.lst\"\n")),
		map[Role][]string{Labeled: {"p/a b.jpg: 3", "p/2.jpg: 10 2"}})
}

// TestMistakesInLists are told with the line.
func TestMistakesInLists(t *testing.T) {
	for text, want := range map[string]string{
		"1.jpg\n":                    "a.txt:1: column \"labels\" is missing",
		"1.jpg cat\n2.jpg cat\n":     "a.txt:2: frame: stat DIR/2.jpg: no such file",
		"1.jpg cat\n./1.jpg dog":     `a.txt:2: id "1.jpg" was already given in line 1`,
		"1,1.jpg,cat\n2,1.jpg,dog\n": `a.txt:1: the first line names no columns`,
		"1.jpg 0 1 0\n":              "a.txt:1: the line looks like a column of 0 and 1 for each class",
		"1.jpg cat\n1.jpg\x00\n":     "a.txt:2: a NUL character",
		"1.jpg,cat\n2.jpg,\"dog":     "a.txt:2: a field begins with a quote that never ends",
		"1.jpg cat\n\n2.jpg\n":       "a.txt:3: the sample has no label",
		"1.jpg,cat\n2.jpg,x,,y\n":    `a.txt:2: empty label in "x||y"`,
	} {
		dir := tree(t, map[string]string{"a.txt": text, "1.jpg": ""})
		_, err := Open(t.Context(), Source{Path: dir + "/a.txt", Labeled: true, Table: standard(t, "").Table})
		if err == nil {
			t.Errorf("%q is taken", text)
		} else if got := strings.ReplaceAll(hint.Text(err), dir, "DIR"); !strings.Contains(got, want) ||
			!strings.Contains(got, "hint: ") {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
