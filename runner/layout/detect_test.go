package layout

import (
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
)

// TestFolderFindsOut names only a folder: what it holds is found out and stated.
func TestFolderFindsOut(t *testing.T) {
	coco := `{"images": [{"id": 7, "file_name": "b.jpg"}], "annotations": [{"image_id": 7, "category_id": 2}],
		"categories": [{"id": 2, "name": "cat"}]}`
	for name, c := range map[string]struct {
		files map[string]string
		want  map[Role][]string
		found string
	}{
		"a label file of any name": {map[string]string{"mtgc.csv": "mid,genres\n1,X\n", "frames/1/a.jpg": "",
			"README.txt": "This is a data set.\n"}, map[Role][]string{Labeled: {"1: X"}},
			`[data] labeled = "DIR/mtgc.csv"`},
		"imagefolder": {map[string]string{"train/metadata.csv": "file_name,label\na.jpg,X\n", "train/a.jpg": "",
			"test/metadata.jsonl": `{"file_name": "b.jpg", "label": "X"}`, "test/b.jpg": ""},
			map[Role][]string{Labeled: {"a.jpg: X"}, Test: {"b.jpg: X"}}, `[data] test = "DIR/test/metadata.jsonl"`},
		"a table and a folder of one name": {map[string]string{"train.csv": "id,label\n1,X\n", "train/1.jpg": "",
			"test.csv": "id,label\n2,X\n", "test/2.jpg": ""},
			map[Role][]string{Labeled: {"1: X"}, Test: {"2: X"}}, `[data.table] files = "train/{id}.jpg"`},
		"a table beside folders": {map[string]string{"labels.csv": "id,label\n1,X\n", "train/1.jpg": "",
			"test/2.jpg": ""}, map[Role][]string{Labeled: {"1: X"}}, `[data.table] files = "train/{id}.jpg"`},
		"a test set without labels": {map[string]string{"train.csv": "id,label\n1,X\n", "train/1.jpg": "",
			"test/2.jpg": "", "sample_submission.csv": "id,label\n2,X\n"}, map[Role][]string{Labeled: {"1: X"}},
			`[data] labeled = "DIR/train.csv"`},
		"annotations of COCO": {map[string]string{"annotations/instances_train2017.json": coco, "train2017/b.jpg": "",
			"train/_annotations.coco.json": coco, "train/b.jpg": ""},
			map[Role][]string{Labeled: {"7: cat"}}, `[data] labeled = "DIR/train/_annotations.coco.json"`},
		"lists beside images": {map[string]string{"train.txt": "images/1.jpg X\n", "val.txt": "images/2.jpg X\n",
			"images/1.jpg": "", "images/2.jpg": ""}, map[Role][]string{Labeled: {"images/1.jpg: X"},
			Valid: {"images/2.jpg: X"}}, `[data] valid = "DIR/val.txt"`},
		"classes beside other sets": {map[string]string{"cat/1.jpg": "", "dog/2.jpg": "", "unlabeled/3.jpg": "",
			"test/cat/4.jpg": "", "val/5.jpg": ""}, map[Role][]string{Labeled: {"cat/1.jpg: cat", "dog/2.jpg: dog"},
			Test: {"cat/4.jpg: cat"}, Unlabeled: {"3.jpg"}}, `[data] unlabeled = "DIR/unlabeled" # an image`},
		"classes": {map[string]string{"cat/1.jpg": "", "dog/2.jpg": "", "all.tar": "no tar"},
			map[Role][]string{Labeled: {"cat/1.jpg: cat", "dog/2.jpg: dog"}},
			`[data] labeled = "DIR" # a folder for each class`},
	} {
		dir := tree(t, c.files)
		l := New(standard(t, "labeled = \""+dir+"\"\n"))
		expect(t, l, c.want)
		if found := strings.ReplaceAll(strings.Join(l.Found, "\n"), dir, "DIR"); !strings.Contains(found, c.found) {
			t.Errorf("%s: found\n%s\nwant %s", name, found, c.found)
		}
	}
}

// TestFolderWithBareOnes leaves out folders of images without labels, and says so.
func TestFolderWithBareOnes(t *testing.T) {
	for _, files := range []map[string]string{{"cat/1.jpg": "", "test/2.jpg": ""},
		{"train/cat/1.jpg": "", "test/2.jpg": ""}} {
		dir := tree(t, files)
		l := New(standard(t, "labeled = \""+dir+"\"\n"))
		expect(t, l, map[Role][]string{Labeled: {"cat/1.jpg: cat"}})
		warned(t, l, dir+"/test: the folder is no data set: it holds images, and nothing says their labels")
	}
}

// TestFolderOfShards takes each data set's by its name, or all.
func TestFolderOfShards(t *testing.T) {
	dir := t.TempDir()
	shard(t, dir+"/x-train-000.tar", "1.jpg", "", "1.cls", "7")
	shard(t, dir+"/x-train-001.tar", "2.jpg", "", "2.cls", "7")
	shard(t, dir+"/x-val-000.tar", "3.jpg", "", "3.cls", "7")
	l := New(standard(t, "labeled = \""+dir+"\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"1: 7", "2: 7"}, Valid: {"3: 7"}})
	if want := `[data] valid = "` + dir + `/x-val-*.tar"`; !slices.Contains(l.Found, want) {
		t.Errorf("found %q, want %s", l.Found, want)
	}
	all := t.TempDir()
	shard(t, all+"/000.tar", "1.jpg", "", "1.cls", "7")
	expect(t, New(standard(t, "labeled = \""+all+"\"\n")), map[Role][]string{Labeled: {"1: 7"}})
}

// TestFolderWithSplits takes all data sets from the one label file in a folder.
func TestFolderWithSplits(t *testing.T) {
	dir := tree(t, map[string]string{"all.csv": "id,labels,set\n1,X,train\n2,X,test\n", "frames/1/a.jpg": "",
		"frames/2/a.jpg": ""})
	expect(t, New(standard(t, "labeled = \""+dir+"\"\nsplit.column = \"set\"\n")),
		map[Role][]string{Labeled: {"1: X"}, Test: {"2: X"}})
	expect(t, New(standard(t, "labeled = \""+dir+"\"\nsplit.column = \"set\"\ntable.files = \"frames/{id}/*.jpg\"\n")),
		map[Role][]string{Labeled: {"1: X"}, Test: {"2: X"}})
	if got := names(t, New(standard(t, "unlabeled = \""+dir+"\"\n")), Unlabeled); !slices.Equal(got,
		[]string{"1", "2"}) {
		t.Errorf("without labels: %q", got)
	}
}

// TestFolderIsUnclear says what there is and which line decides.
func TestFolderIsUnclear(t *testing.T) {
	rows := "id,labels\n1,X\n"
	for want, files := range map[string]map[string]string{
		"holds several label files: \"DIR/a.csv\", \"DIR/b.csv\"\nhint: name the one that is meant": {
			"a.csv": rows, "b.csv": rows, "frames/1/a.jpg": ""},
		"a.csv:2: folder DIR/frames/1 does not exist":                       {"a.csv": rows, "frames/2/a.jpg": ""},
		"DIR: the folder holds images, and nothing says their labels":       {"1.jpg": ""},
		"DIR/train: the folder holds images, and nothing says their labels": {"train/1.jpg": "", "test/2.jpg": ""},
		"holds no folder of a class":                                        {"a.txt": "notes"},
	} {
		dir := tree(t, files)
		l := New(standard(t, "labeled = \""+dir+"\"\n"))
		_, err := l.Open(t.Context(), Labeled, []string{"X"})
		if err == nil || !strings.Contains(strings.ReplaceAll(hint.Text(err), dir, "DIR"), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	dir := tree(t, map[string]string{"a.csv": rows, "cat/2.jpg": ""})
	l := New(standard(t, "labeled = \""+dir+"\"\n"))
	expect(t, l, map[Role][]string{Labeled: {"cat/2.jpg: cat"}})
	if text := l.Warnings.Error(); !strings.Contains(text, "a.csv: the file is not read") {
		t.Errorf("warnings %s", text)
	}
}
