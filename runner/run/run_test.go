package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"montage/core/hint"
	"montage/runner/engine"
)

func TestCreateNeverMixesRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	asked := Request{Name: "x", Spec: []byte("name = \"x\"\n"), Plugins: []UsedPlugin{{Name: "p", SHA256: "abc"}}}
	first, err := Create("", asked, now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Create("", asked, now)
	if err != nil || second.Dir == first.Dir {
		t.Fatalf("two runs of one second share %v, %v", second, err)
	}
	if target, err := os.Readlink(filepath.Join("runs", "x", latest)); err != nil ||
		target != filepath.Base(second.Dir) {
		t.Errorf("latest is %q, %v", target, err)
	}
	if _, err := Open("runs"); err == nil || !strings.Contains(hint.Text(err), "hint: ") {
		t.Errorf("a folder without a spec was opened: %v", err)
	}
	opened, err := Open(first.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err := os.ReadFile(opened.Spec()); err != nil || string(spec) != string(asked.Spec) {
		t.Errorf("the spec is %q, %v", spec, err)
	}
	if plugins, err := opened.Plugins(); err != nil || !slices.Equal(plugins, asked.Plugins) {
		t.Errorf("the plugins are %v, %v", plugins, err)
	}
	if _, err := Create(first.Dir, asked, now); err == nil || !strings.Contains(hint.Text(err), "--resume") {
		t.Errorf("a run was overwritten: %v", err)
	}
}

// TestCreateLeavesNothingBehind puts something in the way of each thing that is written.
func TestCreateLeavesNothingBehind(t *testing.T) {
	t.Chdir(t.TempDir())
	asked := Request{Name: "x"}
	before, err := Create("", asked, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join("runs", "x", latest)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join("runs", "x", latest, "full"), 0o755); err != nil { // a link cannot replace it
		t.Fatal(err)
	}
	if _, err := Create("", asked, time.Unix(1e6, 0)); err == nil {
		t.Error("the link was made over a folder")
	}
	if entries, _ := os.ReadDir(filepath.Join("runs", "x")); len(entries) != 2 {
		t.Errorf("beside %s and the folder there is %v", before.Dir, entries)
	}
	if err := os.WriteFile("file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join("file", "run"), asked, time.Unix(0, 0)); err == nil {
		t.Error("a folder was made in a file")
	}
	r := &Run{Dir: "new"}
	if err := os.MkdirAll(filepath.Join(r.Dir, specFile, "full"), 0o755); err != nil { // the second file fails
		t.Fatal(err)
	}
	if err := r.describe(asked); err == nil {
		t.Error("the spec was written over a folder")
	}
	r.discard(true)
	if entries, _ := os.ReadDir(r.Dir); len(entries) != 1 || entries[0].Name() != specFile {
		t.Errorf("left behind: %v", entries)
	}
}

func TestRewindDropsEpochsAndTornLines(t *testing.T) {
	r := &Run{Dir: t.TempDir()}
	for epoch := range 3 {
		if err := r.Record(engine.EpochReport{Phase: "joint", Epoch: epoch,
			Losses: map[string]float64{"supervised": 0.5}}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(r.Dir, metricsFile)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"phase":"jo`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if kept, err := r.Rewind(2); err != nil || len(kept) != 2 || kept[1].Epoch != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
	if raw, _ := os.ReadFile(path); strings.Count(string(raw), "\n") != 2 || !strings.HasSuffix(string(raw), "}\n") {
		t.Errorf("the file is now %q", raw)
	}
}
