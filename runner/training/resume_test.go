package training

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/runner/run"
)

// stopped is a run of two epochs that ended after them, whose plugins are p and q.
func stopped(t *testing.T, facts run.Facts) rehearsal {
	t.Helper()
	f := rehearse(t, t.TempDir(), 2)
	f.Facts = facts
	if err := f.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Policy.Run.Dir, "plugins.json"), []byte(`[{"name":"p","sha256":"1"},
		{"name":"q","version":"v1","sha256":"2"}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestResumeDropsEpochsThatAreDoneAgain has a third epoch recorded, but not saved.
func TestResumeDropsEpochsThatAreDoneAgain(t *testing.T) {
	before := stopped(t, run.Facts{})
	records, err := before.Policy.Run.Records()
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Policy.Run.Record(records[1]); err != nil {
		t.Fatal(err)
	}
	f := rehearse(t, before.Policy.Run.Dir, 4)
	f.Plugins = []run.UsedPlugin{{Name: "p", SHA256: "1"}, {Name: "q", Version: "v2", SHA256: "3"}}
	if err := f.Resume(); err != nil {
		t.Fatal(err)
	}
	if records, err = f.Policy.Run.Records(); err != nil || f.done != 2 || len(records) != 2 {
		t.Errorf("%d epochs are done, %d recorded, %v", f.done, len(records), err)
	}
	if got := lines(f); !slices.Equal(got, []string{"q plugin changed since the run began; results may differ"}) {
		t.Errorf("log: %q", got)
	}
	if err := f.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if records, err = f.Policy.Run.Records(); err != nil || len(records) != 4 || records[3].Epoch != 4 {
		t.Errorf("records %v, %v", records, err)
	}
}

func TestResumeBeforeTheFirstCheckpoint(t *testing.T) {
	f := rehearse(t, t.TempDir(), 1)
	if err := os.WriteFile(filepath.Join(f.Policy.Run.Dir, "metrics.jsonl"), []byte("{}\n{\"torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Resume(); err != nil {
		t.Fatal(err)
	}
	if records, err := f.Policy.Run.Records(); err != nil || len(records) != 0 {
		t.Errorf("records %v, %v", records, err)
	}
	if got := lines(f); len(got) != 1 || !strings.Contains(got[0], "no checkpoint yet") {
		t.Errorf("log: %q", got)
	}
}

// TestResumeRefusesOtherFacts names the first of two data sets that changed, each time.
func TestResumeRefusesOtherFacts(t *testing.T) {
	facts := run.Facts{Classes: []string{"a", "b"}, Data: map[string]string{"labeled": "1", "unlabeled": "2"}}
	before := stopped(t, facts)
	for want, now := range map[string]run.Facts{
		"they were a, b\nhint: ": {Classes: []string{"b", "a"}, Data: facts.Data},
		"the labeled data set is not the one that the run began with": {Classes: facts.Classes},
		"the unlabeled data set is": {Classes: facts.Classes,
			Data: map[string]string{"labeled": "1", "unlabeled": "3"}},
	} {
		for range 8 {
			f := rehearse(t, before.Policy.Run.Dir, 4)
			f.Facts = now
			if err := f.Resume(); err == nil || !strings.Contains(hint.Text(err), want) || f.done != 0 {
				t.Errorf("want %q: %v", want, err)
			}
		}
	}
	f := rehearse(t, before.Policy.Run.Dir, 4)
	f.Facts = facts
	if err := os.Remove(filepath.Join(f.Policy.Run.Dir, "plugins.json")); err != nil {
		t.Fatal(err)
	}
	if err := f.Resume(); err == nil || !strings.Contains(err.Error(), "plugins") {
		t.Errorf("a run without its plugins: %v", err)
	}
}

func TestResumeRefusesADamagedCheckpoint(t *testing.T) {
	before := stopped(t, run.Facts{})
	state := filepath.Join(before.Policy.Run.Dir, "checkpoint", "last", "state.json")
	if err := os.WriteFile(state, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := rehearse(t, before.Policy.Run.Dir, 4)
	if err := f.Resume(); err == nil || !strings.Contains(err.Error(), "damaged") || f.done != 0 {
		t.Errorf("the error is %v", err)
	}
}

// TestSameSpecComparesValues: how a value is written does not matter.
func TestSameSpecComparesValues(t *testing.T) {
	const was = "name = \"x\"\nseed = 10\ndata.on_error = \"fail\"\n" +
		"[branch.b]\nlr = 0.5\naugment = [{ p = 1 }, { p = 2 }]\n"
	for is, want := range map[string]string{
		was: "",
		strings.Replace(was, "\"fail\"", "\"skip\"", 1): "", // the remedy for a frame that broke
		"# the same\nseed = 0xA\nname = 'x'\ndata.on_error = 'fail'\n" +
			"branch = { b = { augment = [{ p = 1 }, { p = 2 }], lr = 5e-1 } }\n": "",
		strings.Replace(was, "10", "11", 1):        "its seed is 10, not 11",
		strings.Replace(was, "\"x\"", "\"10\"", 1): `its name is "x", not "10"`,
		strings.Replace(was, "lr = 0.5\n", "", 1):  "its branch.b.lr is 0.5, not absent",
		was + "eps = 1": "its branch.b.eps is absent, not 1",
		strings.Replace(was, "{ p = 2 }", "{}", 1):     "its branch.b.augment is ",
		strings.Replace(was, "seed = 10", "seed", 1):   "compare the run's spec",
		"name = \"y\"\nseed = 11\nbranch = \"none\"\n": "its branch is ",
	} {
		err := SameSpec("runs/x", []byte(was), []byte(is))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", is, err, want)
		}
	}
}
