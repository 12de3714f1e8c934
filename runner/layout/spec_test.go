package layout

import (
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/spec"
)

// opened loads a bundled spec with its label file in a folder of the test's.
func opened(t *testing.T, name, labeled string, overrides ...string) *Layout {
	t.Helper()
	s, problems := spec.Load(filepath.Join("../../specs/data", name), append(overrides, "data.labeled="+labeled))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return New(s.Data)
}

// TestBundledSpecs opens a tiny data set of each published layout by its bundled spec.
func TestBundledSpecs(t *testing.T) {
	dir := tree(t, map[string]string{
		"mtgc.csv": "mid,action,adventure,comedy,crime,drama,fantasy,horror,romance,sci-fi,thriller," +
			"split0,split1,split2\n" +
			"tt1,1,0,0,0,0,0,0,0,0,1,0,1,2\ntt2,0,0,1,0,0,0,0,0,0,0,1,2,0\ntt3,0,0,0,0,1,0,0,0,1,0,2,0,1\n",
		"lmtd9.csv": "id,imdbID,isAction,isComedy,isThriller,set\n" +
			"000001,tt1,1,0,1,0\n000002,tt2,0,1,0,1\n000003,tt3,0,1,1,2\n",
		"trailers15k-mltc.csv": "mid,action,adventure,comedy,crime,drama,fantasy,horror,romance,sci-fi,thriller," +
			"subset\ntt1,1,0,0,0,0,0,0,0,0,1,0\ntt2,0,0,1,0,0,0,0,0,0,0,1\ntt3,0,0,0,0,1,0,0,0,1,0,2\n",
		"meta/tt1.json":                `{"imdb_id": "tt1", "genres": ["Drama", "Sci-Fi"], "cast": [{"name": "A"}]}`,
		"meta/tt2.json":                `{"imdb_id": "tt2", "genres": ["Comedy", "Talk-Show"]}`,
		"meta/tt3.json":                `{"imdb_id": "tt3", "genres": ["Drama"]}`,
		"meta/tt4.json":                `{"imdb_id": "tt4", "genres": null}`,
		"meta/tt5.json":                `{"imdb_id": "tt5", "genres": ["Drama"]}`,
		"films.split.json":             `{"train": ["tt1", "tt4"], "val": ["tt2"], "test": ["tt3"]}`,
		"240P/tt1/shot_0000_img_0.jpg": "", "240P/tt2/shot_0000_img_0.jpg": "", "240P/tt3/shot_0000_img_0.jpg": "",
		"frames/tt1/1.jpg": "", "frames/tt2/1.jpg": "", "frames/tt3/1.jpg": "",
		"frames/000001/1.jpg": "", "frames/000002/1.jpg": "", "frames/000003/1.jpg": "",
		"split.json":   `{"train": ["1"], "dev": ["2"], "test": ["3"]}`,
		"films/1.json": `{"genres": ["Drama"]}`, "films/2.json": `{"genres": ["Drama"]}`,
		"films/3.json": `{"genres": ["Drama", "War"]}`,
		"films/1.jpeg": "", "films/2.jpeg": "", "films/3.jpeg": "",
		"pictures/train/cat/1.png": "", "pictures/val/cat/2.png": "", "pictures/test/dog/3.png": "",
	})
	expect(t, opened(t, "trailers12k.toml", dir+"/mtgc.csv"), map[Role][]string{Labeled: {"tt1: action thriller"},
		Valid: {"tt2: comedy"}, Test: {"tt3: drama sci-fi"}})
	expect(t, opened(t, "trailers12k.toml", dir+"/mtgc.csv", "data.split.fold=2"), map[Role][]string{
		Labeled: {"tt2: comedy"}, Valid: {"tt3: drama sci-fi"}, Test: {"tt1: action thriller"}})
	expect(t, opened(t, "trailers15k.toml", dir+"/trailers15k-mltc.csv"), map[Role][]string{
		Labeled: {"tt1: action thriller"}, Valid: {"tt2: comedy"}, Test: {"tt3: drama sci-fi"}})
	expect(t, opened(t, "movienet.toml", dir+"/meta/*.json", "data.split.file="+dir+"/films.split.json"),
		map[Role][]string{Labeled: {"tt1: Drama Sci-Fi"}, Valid: {"tt2: Comedy"}, Test: {"tt3: Drama"}})
	expect(t, opened(t, "lmtd9.toml", dir+"/lmtd9.csv"), map[Role][]string{Labeled: {"000001: isAction isThriller"},
		Valid: {"000002: isComedy"}, Test: {"000003: isComedy isThriller"}})
	expect(t, opened(t, "mm-imdb.toml", dir+"/films/*.json", "data.split.file="+dir+"/split.json"), map[Role][]string{
		Labeled: {"1: Drama"}, Valid: {"2: Drama"}, Test: {"3: Drama War"}})
	expect(t, opened(t, "class-folders.toml", dir+"/pictures"), map[Role][]string{Labeled: {"cat/1.png: cat"},
		Valid: {"cat/2.png: cat"}, Test: {"dog/3.png: dog"}})
	shard(t, dir+"/train-0.tar", "1.jpg", "", "1.cls", "7")
	shard(t, dir+"/test-0.tar", "2.jpg", "", "2.cls", "7")
	expect(t, opened(t, "webdataset.toml", dir+"/train-*.tar", "data.test="+dir+"/test-*.tar"), map[Role][]string{
		Labeled: {"1: 7"}, Test: {"2: 7"}})
}

// TestMistakesInLabelFiles are found before training, with the line and what to do.
func TestMistakesInLabelFiles(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.csv":          "mid,action,drama\nx,1,0\ny,maybe,1\n",
		"e.csv":          "mid,action,drama\nx,1,0\n",
		"b.csv":          "id,labels,part\nx,X,a\n",
		"c.json":         `{"x": {"labels": "X"}, `,
		"d.jsonl":        "{\"id\": 1, \"labels\": \"X\"}\nnot json\n",
		"twice.json":     `{"train": ["x"], "test": ["x"]}`,
		"frames/x/1.png": "",
	})
	for lines, want := range map[string]string{
		`labeled = "DIR/e.csv"`: `class_columns = ["action..drama"]`,
		"labeled = \"DIR/a.csv\"\n" +
			"table.class_columns = \"action..drama\"": `a.csv:3: column "action": expected 0 or 1, saw "maybe"`,
		"labeled = \"DIR/a.csv\"\n" +
			"table.class_columns = \"action..war\"": `column "war" is missing, which data.table.class_columns names`,
		"labeled = \"DIR/b.csv\"\ntable.labels = \"lables\"":       `did you mean "labels"?`,
		"labeled = \"DIR/b.csv\"\nsplit.column = \"prt\"":          `did you mean "part"?`,
		"labeled = \"DIR/b.csv\"\nsplit.file = \"DIR/twice.json\"": `id "x" is in the splits`,
		"labeled = \"DIR/b.csv\"\ntable.files = \"frames/x\"":      `is the same for all samples`,
		`labeled = "DIR/c.json"`:                                   `c.json:1: the file ends early`,
		`labeled = "DIR/d.jsonl"`:                                  `d.jsonl:2: `,
		"labeled = \"DIR/b.csv\"\nclasses = [\"X\", \"X\"]":        `class "X" is listed twice`,
	} {
		l := New(standard(t, strings.ReplaceAll(lines, "DIR", dir)+"\n"))
		classes, err := l.Classes(t.Context())
		if err == nil {
			_, err = l.Open(t.Context(), Labeled, classes)
		}
		if err == nil || !strings.Contains(hint.Text(err), want) {
			t.Errorf("%s:\n got %v\nwant %s", lines, err, want)
		}
	}
}
