package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/runner/engine"
)

func TestCreateNeverMixesRuns(t *testing.T) {
	t.Chdir(t.TempDir())
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, err := Create("", "x", now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Create("", "x", now)
	if err != nil || second.Dir == first.Dir {
		t.Fatalf("two runs of one second share %v, %v", second, err)
	}
	if target, err := os.Readlink(filepath.Join("runs", "x", latest)); err != nil ||
		target != filepath.Base(second.Dir) {
		t.Errorf("latest is %q, %v", target, err)
	}
	if _, err := Open(first.Dir); err == nil || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("a folder without a spec was opened: %v", err)
	}
	if err := first.Describe([]byte("name = \"x\"\n"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(first.Dir); err != nil {
		t.Error(err)
	}
	if _, err := Create(first.Dir, "x", now); err == nil || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("a run was overwritten: %v", err)
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
