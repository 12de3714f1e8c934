package layout

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data/datatest"
)

// withValues adds the values that mean each role by default.
func withValues(s spec.SplitTable) spec.SplitTable {
	s.Train, s.Valid, s.Test = []string{"train"}, []string{"valid"}, []string{"test"}
	s.Unlabeled = []string{"unlabeled"}
	return s
}

func TestLabelled(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	datatest.Write(t, path, []byte("id,labels,film,set\na,x|y, f ,train\nb,,f,train\nc,z,,test\nd,x,g,none\n"))
	shown := func(table spec.DataTable, group string) string {
		samples, err := New(table).Labelled(group)
		if err != nil {
			return hint.Text(err)
		}
		var all []string
		for _, s := range samples {
			all = append(all, fmt.Sprint(s.ID, s.Labels, s.Group, s.Role))
		}
		return strings.Join(all, " ")
	}
	table := spec.DataTable{Labeled: path, Table: spec.LabelTable{Empty: "error"}}
	if got := shown(table, "film"); got != "a[x y]f b[]funlabeled c[z] d[x]g" {
		t.Errorf("got %s", got)
	}
	table.Table.Empty, table.Classes = "none", []string{"x", "z"}
	table.Split = withValues(spec.SplitTable{Column: "set"})
	if got := shown(table, ""); got != "a[x] b[] c[z]test" {
		t.Errorf("got %s", got)
	}
	if got := shown(table, "films"); !strings.Contains(got, "column \"films\" is missing, which is to hold the "+
		"groups") || !strings.Contains(got, "did you mean \"film\"?") {
		t.Errorf("got %s", got)
	}
}

// TestLabelledOfSeveralFiles: a folder that may mean several label files is an error, and not
// read as folders of classes.
func TestLabelledOfSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.csv"} {
		datatest.Write(t, filepath.Join(dir, name), []byte("id,labels\ns,x\n"))
	}
	datatest.Write(t, filepath.Join(dir, "frames", "s", "1.jpg"), datatest.Photo(t, 1))
	samples, err := New(spec.DataTable{Labeled: dir}).Labelled("")
	if err == nil || !strings.Contains(err.Error(), "holds several label files") {
		t.Errorf("got %v, %v", samples, err)
	}
}

// TestFoldsOfOneFile: {fold} names an object of a JSON file of splits; what else is an
// object in it describes the file. Folders for each class are split by it too.
func TestFoldsOfOneFile(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"cat/1.jpg", "cat/2.jpg", "dog/3.jpg"} {
		datatest.Write(t, filepath.Join(dir, "pictures", name), datatest.Photo(t, uint8(i)))
	}
	splits := filepath.Join(dir, "s.json")
	datatest.Write(t, splits, []byte(`{"about": {"seed": 1},
		"fold0": {"train": ["cat/1.jpg"], "test": ["cat/2.jpg"], "unlabeled": ["dog/3.jpg"]},
		"fold1": {"train": ["cat/2.jpg", "dog/3.jpg"], "test": ["cat/1.jpg"]}}`))
	table := spec.DataTable{Labeled: filepath.Join(dir, "pictures"),
		Split: withValues(spec.SplitTable{File: splits, Column: "fold{fold}"})}
	ids := func(role Role) (ids []string) {
		set, err := New(table).Open(t.Context(), role, []string{"cat", "dog"})
		if err != nil {
			t.Fatal(err)
		}
		if set != nil {
			for _, s := range set.Samples {
				ids = append(ids, s.ID)
			}
		}
		return ids
	}
	for fold, want := range []map[Role][]string{
		{Labeled: {"cat/1.jpg"}, Test: {"cat/2.jpg"}, Unlabeled: {"dog/3.jpg"}},
		{Labeled: {"cat/2.jpg", "dog/3.jpg"}, Test: {"cat/1.jpg"}},
	} {
		table.Split.Fold = fold
		for _, role := range Roles {
			if got := ids(role); !slices.Equal(got, want[role]) {
				t.Errorf("fold %d: %s is %q, want %q", fold, role, got, want[role])
			}
		}
	}
	table.Split.Fold = 2
	if _, err := New(table).Open(t.Context(), Test, nil); err == nil ||
		!strings.Contains(hint.Text(err), `no "fold2", saw "about", "fold0", "fold1"`) {
		t.Errorf("got %v", err)
	}
	table.Split = withValues(spec.SplitTable{Column: "set"})
	if _, err := New(table).Open(t.Context(), Labeled, nil); err == nil ||
		!strings.Contains(hint.Text(err), "has no columns, and data.split.column names one") {
		t.Errorf("a column of a folder: %v", err)
	}
}

// TestShardsAreSplit: by a file of ids, since they have no columns.
func TestShardsAreSplit(t *testing.T) {
	dir := t.TempDir()
	shard(t, filepath.Join(dir, "all.tar"), "a.jpg", "", "a.cls", "x", "b.jpg", "", "b.cls", "y",
		"c.jpg", "", "c.cls", "x")
	splits := filepath.Join(dir, "s.csv")
	datatest.Write(t, splits, []byte("id,split\na,train\nb,test\nc,unlabeled\n"))
	table := spec.DataTable{Labeled: filepath.Join(dir, "all.tar"), Split: withValues(spec.SplitTable{File: splits})}
	expect(t, New(table), map[Role][]string{Labeled: {"a: x"}, Test: {"b: y"}, Unlabeled: {"c"}})
	table.Split = withValues(spec.SplitTable{Column: "split"})
	const want = "all.tar has no columns, and data.split.column names one\nhint: [data.split] file"
	if _, err := New(table).Labelled(""); err == nil || !strings.Contains(hint.Text(err), want) {
		t.Errorf("got %v", err)
	}
}
