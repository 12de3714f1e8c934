package layout

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/spec"
	"montage/runner/data/datatest"
	"montage/runner/picture"
)

// tree writes files below a folder: a picture where the name is an image's, else the text.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		content := []byte(text)
		if picture.IsPicture(name) {
			content = datatest.Photo(t, uint8(len(name)))
		}
		datatest.Write(t, filepath.Join(dir, name), content)
	}
	return dir
}

// names opens a role of a layout and returns "id: labels" of each sample.
func names(t *testing.T, l *Layout, role Role) (out []string) {
	t.Helper()
	classes, err := l.Classes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set, err := l.Open(t.Context(), role, classes)
	if err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	if set == nil {
		return nil
	}
	for _, s := range set.Samples {
		var labels []string
		for _, k := range s.Labels {
			labels = append(labels, set.Classes[k])
		}
		out = append(out, strings.TrimSuffix(s.ID+": "+strings.Join(labels, " "), ": "))
	}
	return out
}

func expect(t *testing.T, l *Layout, want map[Role][]string) {
	t.Helper()
	for _, role := range Roles {
		if got := names(t, l, role); !slices.Equal(got, want[role]) {
			t.Errorf("%s: got %q, want %q", role, got, want[role])
		}
	}
}

// standard are the defaults of a spec.
func standard(t *testing.T, lines string) spec.DataTable {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.toml")
	text := "name = \"x\"\nbackbone.plugin = \"b\"\nstrategy.plugin = \"s\"\n[data]\n" + lines
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, problems := spec.Load(path, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s.Data
}

// TestTrailers12k reads ten columns of 0 and 1 and a column of splits for each fold.
func TestTrailers12k(t *testing.T) {
	dir := tree(t, map[string]string{
		"mtgc.csv": "mid,title,action,comedy,drama,split0,split1\n" +
			"tt1,\"One, two\",1,0,1,0,2\ntt2,Two,0,1,0,1,0\ntt3,Three,0,0,1,2,1\n",
		"frames/tt1/1.jpg": "", "frames/tt1/2.jpg": "", "frames/tt2/1.jpg": "", "frames/tt3/1.jpg": "",
	})
	lines := "labeled = \"" + dir + `/mtgc.csv"
[data.table]
class_columns = "action..drama"
[data.split]
column = "split{fold}"
train = 0
valid = 1
test = 2
`
	l := New(standard(t, lines))
	expect(t, l, map[Role][]string{Labeled: {"tt1: action drama"}, Valid: {"tt2: comedy"}, Test: {"tt3: drama"}})
	if want := []string{`[data.table] id = "mid"`}; !slices.Equal(l.Found, want) {
		t.Errorf("found %q, want %q", l.Found, want)
	}
	second := standard(t, lines+"fold = 1\n")
	expect(t, New(second), map[Role][]string{Labeled: {"tt2: comedy"}, Valid: {"tt3: drama"},
		Test: {"tt1: action drama"}})
}

// TestMMIMDb reads a JSON file and an image for each sample, and a JSON file of splits.
func TestMMIMDb(t *testing.T) {
	dir := tree(t, map[string]string{
		"split.json":        `{"train": ["0001"], "dev": ["0002"], "test": ["0003"]}`,
		"dataset/0001.json": `{"title": "a", "genres": ["Drama", "Sci-Fi"], "plot": ["x"]}`,
		"dataset/0002.json": `{"title": "b", "genres": ["Drama"]}`,
		"dataset/0003.json": `{"title": "c", "genres": ["Western"]}`,
		"dataset/0001.jpeg": "", "dataset/0002.jpeg": "", "dataset/0003.jpeg": "",
	})
	l := New(standard(t, "labeled = \""+dir+"/dataset/*.json\"\n[data.split]\nfile = \""+dir+"/split.json\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"0001: Drama Sci-Fi"}, Valid: {"0002: Drama"}, Test: {"0003: Western"}})
	if text := l.Warnings.Error(); !strings.Contains(text, `1 of the 3 classes have no training sample: "Western"`) {
		t.Errorf("warnings: %s", text)
	}
}

// TestListsOfLabels reads the separators in use, lists of Python and of JSON Lines.
func TestListsOfLabels(t *testing.T) {
	for name, text := range map[string]string{
		"a.csv":   "id,genres\n1,\"Comedy, Drama\"\n2,Drama\n",
		"b.csv":   "id;genres\n1;Comedy, Drama\n2;Drama\n",
		"c.tsv":   "imdb_id\tgenres\n1\t['Comedy', \"Drama\"]\n2\t['Drama']\n",
		"d.jsonl": "{\"id\": \"1\", \"label\": [\"Comedy\", \"Drama\"]}\n\n{\"id\": 2, \"label\": \"Drama\"}\n",
		"h.ndjson": "{\"a\": 0, \"path\": \"1\", \"label\": [\"Drama\", \"Comedy\"]}\n" +
			"{\"a\": 0, \"path\": \"2\", \"label\": \"Drama\"}\n",
		"e.json": `{"1": {"labels": "Comedy|Drama"}, "2": {"labels": "Drama"}}`,
		"f.json": `[{"id": 1, "labels": ["Drama", "Comedy"]}, {"id": 2, "labels": ["Drama"]}]`,
		"g.csv":  "\xff\xfei\x00d\x00,\x00t\x00a\x00g\x00\n\x001\x00,\x00Comedy|Drama\n",
	} {
		if strings.HasPrefix(name, "g") {
			text = "\xff\xfe"
			for _, c := range "id,tag\n1,Comedy|Drama\n2,Drama\n" {
				text += string(c) + "\x00"
			}
		}
		dir := tree(t, map[string]string{name: text, "frames/1/a.png": "", "frames/2/a.png": ""})
		expect(t, New(standard(t, "labeled = \""+dir+"/"+name+"\"\n")),
			map[Role][]string{Labeled: {"1: Comedy Drama", "2: Drama"}})
	}
}

// TestClassFolders reads folders of classes and their splits, nested ones as both labels.
func TestClassFolders(t *testing.T) {
	dir := tree(t, map[string]string{"train/animals/birds/1.png": "", "train/cat/1.jpg": "", "train/cat/notes.txt": "x",
		"val/cat/2.jpg": "", "test/cat/3.jpg": "", "unlabeled/4.jpg": "", "unlabeled/.hidden.jpg": ""})
	l := New(standard(t, "labeled = \""+dir+"\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"animals/birds/1.png: animals birds", "cat/1.jpg: cat"},
		Valid: {"cat/2.jpg: cat"}, Test: {"cat/3.jpg: cat"}, Unlabeled: {"4.jpg"}})
	if found := strings.Join(l.Found, "\n"); !strings.Contains(found, `[data] valid = "`+dir+`/val"`) {
		t.Errorf("found\n%s", found)
	}
	if text := l.Warnings.Error(); strings.Count(text, "files that were not read: .txt 1") != 1 {
		t.Errorf("warnings\n%s", text)
	}
}

// TestLabelsWithCare warns of labels that look like mistakes and joins forms of Unicode.
func TestLabelsWithCare(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels\n1,Sci-Fi|Comédie\n2,sci fi|Come\u0301die\n3,War/Crime|X\n",
		"frames/1/a.png": "", "frames/2/a.png": "", "frames/3/a.png": ""})
	l := New(standard(t, "labeled = \""+dir+"/a.csv\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"1: Comédie Sci-Fi", "2: Comédie sci fi", "3: War/Crime X"}})
	text := l.Warnings.Error()
	for _, want := range []string{`classes "Sci-Fi" and "sci fi" differ only`, `class "War/Crime" contains "/"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no warning %q in\n%s", want, text)
		}
	}
}

// TestRowsWithoutLabels are an error unless the spec says what they are.
func TestRowsWithoutLabels(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels\n1,X\n2,\n", "frames/1/a.png": "", "frames/2/a.png": ""})
	lines := "labeled = \"" + dir + "/a.csv\"\n[data.table]\nempty = "
	expect(t, New(standard(t, lines+"\"none\"\n")), map[Role][]string{Labeled: {"1: X", "2"}})
	expect(t, New(standard(t, lines+"\"leave-out\"\n")), map[Role][]string{Labeled: {"1: X"}})
	_, err := New(standard(t, lines+"\"error\"\n")).Open(t.Context(), Labeled, []string{"X"})
	if err == nil || !strings.Contains(err.Error(), "a.csv:3: the sample has no label\nhint: [data.table] empty") {
		t.Errorf("got %v", err)
	}
}

// TestFilesByPattern finds frames by columns, patterns and other forms of Unicode.
func TestFilesByPattern(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels,where\n\u00e9,X,p/1.png\nb,X,p/2.png\n",
		"p/1.png": "", "p/2.png": "", "q/e\u0301/3.png": "", "q/b/4.png": "", "q/b/x.txt": "t"})
	for files, want := range map[string]string{"{where}": "p/1.png", "q/{id}": "q/e\u0301/3.png", "q/*/{none}": ""} {
		d := standard(t, "labeled = \""+dir+"/a.csv\"\n[data.table]\nfiles = \""+files+"\"\n")
		set, err := New(d).Open(t.Context(), Labeled, []string{"X"})
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), `column "none" is missing, which data.table.files names`) {
				t.Errorf("%s: %v", files, err)
			}
			continue
		}
		if err != nil || set.Samples[0].Path(0) != filepath.Join(dir, want) {
			t.Errorf("%s: %v, %v", files, set, err)
		}
	}
}

// TestValuesAreNoPatterns: a name with brackets is itself, and the rest of a pattern is one.
func TestValuesAreNoPatterns(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels\nfilm [1],X\n", "q/film [1]/1.png": "",
		"q/film [1]/10.png": "",
		"q/film [1]/2.png":  "", "q/film 1/3.png": ""})
	d := standard(t, "labeled = \""+dir+"/a.csv\"\n[data.table]\nfiles = \"q/{id}/*.png\"\n")
	set, err := New(d).Open(t.Context(), Labeled, []string{"X"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"q/film [1]/1.png", "q/film [1]/2.png", "q/film [1]/10.png"}
	if got := set.Samples[0].Frames; !slices.Equal(got, want) {
		t.Errorf("frames %q, want %q", got, want)
	}
}

// TestSame compares what specs are scored on: by a path of its own, or by a split.
func TestSame(t *testing.T) {
	dir := tree(t, map[string]string{"a.csv": "id,labels,set\n1,X,train\n2,X,test\n",
		"b.csv":          "id,labels,set\n1,X,test\n",
		"frames/1/a.png": "", "frames/2/a.png": ""})
	split := "labeled = \"" + dir + "/a.csv\"\nsplit.column = \"set\"\n"
	for lines, want := range map[string]bool{
		split: true,
		"labeled = \"" + dir + "/b.csv\"\nsplit.column = \"set\"\n":             false,
		"labeled = \"" + dir + "/b.csv\"\ntest = \"" + dir + "/a.csv\"\n":       false,
		split + "split.test = \"train\"\n":                                      false,
		"labeled = \"" + dir + "/a.csv\"\nsplit.column = \"set\"\nframes = 3\n": true,
	} {
		if got := New(standard(t, split)).Same(New(standard(t, lines)), Test); got != want {
			t.Errorf("%s: %v", lines, got)
		}
	}
}
