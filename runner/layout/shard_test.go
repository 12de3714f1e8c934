package layout

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/runner/data/datatest"
)

// shard writes an archive of names and contents.
func shard(t *testing.T, path string, members ...string) {
	t.Helper()
	var file bytes.Buffer
	w := tar.NewWriter(&file)
	for i := 0; i < len(members); i += 2 {
		content := []byte(members[i+1])
		if strings.HasSuffix(members[i], ".jpg") {
			content = datatest.Photo(t, uint8(40*i))
		}
		if err := w.WriteHeader(&tar.Header{Name: members[i], Size: int64(len(content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	datatest.Write(t, path, file.Bytes())
}

// TestShards reads samples of one and several frames, with labels of each kind, and their bytes.
func TestShards(t *testing.T) {
	dir := t.TempDir()
	shard(t, filepath.Join(dir, "train-000.tar"), "a.jpg", "", "a.cls", "3\n", "b.0.jpg", "", "b.1.jpg", "", "b.txt",
		"Drama|War")
	shard(t, filepath.Join(dir, "train-001.tar"), "x/c.json", `{"genres": ["Drama"]}`, "x/c.jpg", "", "x/c.npy", "…")
	want := map[Role][]string{Labeled: {"a: 3", "b: Drama War", "x/c: Drama"}}
	for _, pattern := range []string{"train-{000..001}.tar", "train-*.tar"} {
		l := New(standard(t, "labeled = \""+dir+"/"+pattern+"\"\n"))
		expect(t, l, want)
		set, err := l.Open(t.Context(), Labeled, []string{"3", "Drama", "War"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := set.Samples[1].Read(1)
		if err != nil || !bytes.Equal(got, datatest.Photo(t, 240)) {
			t.Errorf("the second frame of b has %d bytes, %v", len(got), err)
		}
	}
	shard(t, filepath.Join(dir, "train-002.tar"), "a.jpg", "", "a.cls", "3\n")
	shard(t, filepath.Join(dir, "bare.tar"), "a.jpg", "")
	datatest.Write(t, filepath.Join(dir, "no.tar"), bytes.Repeat([]byte("no tar"), 200))
	datatest.Write(t, filepath.Join(dir, "empty.tar"), nil)
	for name, want := range map[string]string{"empty.tar": "empty.tar: it holds no sample for this data set",
		"train-*.tar": "sample a is in the shards ", "bare.tar": "sample a: the sample has no label",
		"no.tar": "no.tar: archive/tar: invalid tar header", "train.tar.gz": "are compressed",
		"q-*.tar": "no shard matches", "q-{2..1}.tar": "is no range of 1 to 1000000 numbers",
		"q-{0..99999999999999999999}.tar": "is no range", "q-{0..1000000}.tar": "is no range",
	} {
		_, err := Open(t.Context(), Source{Path: filepath.Join(dir, name), Labeled: true, Table: standard(t, "").Table})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// TestShardThatIsCutOff between two of its files, or in what fills up the last one, is read and told.
func TestShardThatIsCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train.tar")
	shard(t, path, "a.cls", "3\n", "a.jpg", "", "b.jpg", "", "b.cls", "3\n")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.Index(whole, []byte("b.jpg"))
	for _, size := range []int{len(whole), second, second - 1} {
		datatest.Write(t, path, whole[:size])
		l := New(standard(t, "labeled = \""+path+"\"\n"))
		if got := names(t, l, Labeled); got[0] != "a: 3" || (len(got) == 2) != (size == len(whole)) {
			t.Errorf("%d of %d bytes: %q", size, len(whole), got)
		}
		if told := len(l.Warnings) == 1; told != (size < len(whole)) ||
			told && !strings.Contains(l.Warnings[0].Text, "the archive has no end") {
			t.Errorf("%d of %d bytes: %v", size, len(whole), l.Warnings)
		}
	}
}
