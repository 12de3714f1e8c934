package compare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
)

func score(v float64) *float64 { return &v }

// TestRunPicksOnValidation: the test set's scores are the other way round, and pick nothing.
func TestRunPicksOnValidation(t *testing.T) {
	var asked []string
	e, err := Run("x", Design{Scales: []float64{3, 0.3, 1}, Seeds: []int{1, 2, 3}}, func(s Setting) (Trial, error) {
		asked = append(asked, fmt.Sprintf("%g/%d", s.Scale, s.Seed))
		valid := map[float64]float64{0.3: 0.4, 1: 0.5, 3: 0.5}[s.Scale]
		return Trial{Setting: s, Outcome: Outcome{Valid: score(valid), MAP: 1 - valid}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"0.3/1", "1/1", "3/1", "1/2", "1/3"}; !slices.Equal(asked, want) {
		t.Errorf("trained %v, want %v", asked, want)
	}
	if !slices.Equal(e.Picked, []float64{1}) {
		t.Errorf("picked %g, want 1, the smaller of two equals", e.Picked)
	}
	var seeds []int
	for _, trial := range e.Counted() {
		seeds = append(seeds, trial.Seed)
	}
	if !slices.Equal(seeds, []int{1, 2, 3}) {
		t.Errorf("counted seeds %v", seeds)
	}
}

// two is a comparison of two rates.
var two = Design{Scales: []float64{1, 3}, Seeds: []int{1}}

func TestRunPassesOverDivergedRates(t *testing.T) {
	diverging := func(from float64) Try {
		return func(s Setting) (Trial, error) {
			if s.Scale >= from {
				return Trial{Setting: s, Outcome: Outcome{Diverged: true}}, nil
			}
			return Trial{Setting: s, Outcome: Outcome{Valid: score(0)}}, nil
		}
	}
	if e, err := Run("x", two, diverging(3)); err != nil || e.Picked[0] != 1 {
		t.Errorf("picked %g, %v", e.Picked, err)
	}
	if _, err := Run("x", two, diverging(1)); err == nil ||
		!strings.Contains(hint.Text(err), "x: training diverged with every rate\nhint: ") {
		t.Errorf("got %v", err)
	}
}

func TestRunNeedsScoresToPick(t *testing.T) {
	blind := func(s Setting) (Trial, error) { return Trial{Setting: s}, nil }
	if _, err := Run("x", two, blind); err == nil ||
		!strings.Contains(hint.Text(err), "data.valid") {
		t.Errorf("got %v", err)
	}
	one := Design{Scales: []float64{3}, Seeds: []int{1, 2}}
	if e, err := Run("x", one, blind); err != nil || len(e.Counted()) != 2 {
		t.Errorf("got %v, %v", e, err)
	}
	stop := errors.New("stop")
	if _, err := Run("x", one, func(Setting) (Trial, error) { return Trial{}, stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// TestSpread has its numbers from numpy 1.24.2, mean and std(ddof=1).
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{0.486, 0.5541, 0.5642, 0.5216, 0.49}, "0.523 ± 0.036"},
		{[]float64{0.25, 0.75}, "0.500 ± 0.354"},
		{[]float64{0.25}, "0.250"},
		{nil, "–"},
	} {
		if got := Of(c.values).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
	if got := Of([]float64{0.01, 0.03}).Signed() + Of([]float64{-0.01, -0.03}).Signed(); got != "+0.020 ± "+
		"0.014-0.020 ± 0.014" {
		t.Errorf("signed: %s", got)
	}
}

func TestMarkdown(t *testing.T) {
	trial := func(scale float64, seed int, precision, f1 float64, steps map[string]int) Trial {
		return Trial{Setting: Setting{Scale: scale, Seed: seed}, Outcome: Outcome{MAP: precision,
			F1: map[string]float64{"threshold 0.5": f1}, Steps: steps, Seconds: 30}}
	}
	alone, both := map[string]int{"supervised": 450}, map[string]int{"supervised": 450, "proxy": 300}
	r := Result{Rule: "threshold 0.5", Entries: []Entry{
		{Name: "supervised", Picked: []float64{1}, Trials: []Trial{trial(0.3, 1, 0.9, 0.9, alone),
			trial(1, 1, 0.5, 0.4, alone), trial(1, 2, 0.6, 0.5, alone)}},
		{Name: "a|b", Picked: []float64{3}, Trials: []Trial{trial(3, 1, 0.6, 0.3, both), trial(3, 2, 0.58, 0.7, both),
			{Setting: Setting{Scale: 3, Seed: 3}, Outcome: Outcome{Diverged: true}}}},
	}}
	want := `| spec | rate × | test mAP | against supervised | wins | macro F1, threshold 0.5 ` +
		`| against supervised | supervised steps | seconds |
|---|---|---|---|---|---|---|---|---|
| supervised | 1 | 0.550 ± 0.071 |  |  | 0.450 ± 0.071 |  | 450 | 30 |
| a\|b (1 of 3 seeds diverged) | 3 | 0.590 ± 0.014 | +0.040 ± 0.085 | 1 of 2 ` +
		`| 0.500 ± 0.283 | +0.050 ± 0.212 | 450 | 30 |
`
	if got := r.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestFoldsAreTheUnit: the mean of a fold's seeds is one number of the spread, differences
// pair seed with seed, and each fold picks its own rate.
func TestFoldsAreTheUnit(t *testing.T) {
	design := Design{Folds: 3, Scales: []float64{1, 3}, Seeds: []int{1, 2}}
	entry := func(name string, gain []float64, best []float64) Entry {
		e, err := Run(name, design, func(s Setting) (Trial, error) {
			valid := 0.1
			if s.Scale == best[s.Fold] {
				valid = 0.2
			}
			o := Outcome{Valid: &valid, MAP: 0.1*float64(s.Fold) + 0.01*float64(s.Seed) + gain[s.Fold]}
			o.Diverged = name == "b" && s.Fold == 2 && s.Seed == 2
			return Trial{Setting: s, Outcome: o}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	r := Result{Design: design, Rule: "top 1", Entries: []Entry{entry("a", make([]float64, 3), []float64{1, 1, 1}),
		entry("b", []float64{0.2, -0.1, 0.2}, []float64{3, 1, 3})}}
	if n := len(r.Entries[0].Trials); n != design.Count() || n != 9 || len(r.Entries[0].Counted()) != 6 {
		t.Errorf("%d trainings of %d, %d counted", n, design.Count(), len(r.Entries[0].Counted()))
	}
	// a: 0.015, 0.115, 0.215. b: 0.215, 0.015, and seed 1 alone 0.41.
	for _, want := range []string{"| a | 1 | 0.115 ± 0.100 |  |  |",
		"| b (1 of 6 trainings diverged) | 1, 3 | 0.213 ± 0.198 | +0.100 ± 0.173 | 2 of 3 |",
		"\n\n± is the standard deviation over 3 folds, each the mean of 2 seeds. Differences and wins are taken fold " +
			"by fold.\n"} {
		if got := r.Markdown(); !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func file(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if Finished(dir) {
		t.Error("an empty folder is a finished run")
	}
	file(t, filepath.Join(dir, "metrics.jsonl"),
		`{"phase":"pretrain","epoch":1,"steps":4,"losses":{"turn":1},"valid_map":0.9,"seconds":2}
{"phase":"finetune","epoch":1,"steps":3,"losses":{"supervised":1},"valid_map":0.5,"seconds":1}
{"phase":"finetune","epoch":2,"steps":3,"losses":{"supervised":1},"valid_map":0.4,"seconds":1}
`)
	report := filepath.Join(dir, "report.json")
	file(t, report, `{"mean_average_precision":0.7,"predictions":[
		{"rule":"top 2","report":{"macro avg":{"f1-score":0.1},"micro avg":{"f1-score":0.9}}},
		{"rule":"threshold 0.5","report":{"macro avg":{"f1-score":0.2},"Drama":{"f1-score":0.9}}}]}`)
	o, rule, err := Read(dir)
	if err != nil || !Finished(dir) {
		t.Fatal(err)
	}
	if rule != "threshold 0.5" || o.MAP != 0.7 || o.F1["top 2"] != 0.1 || o.F1[rule] != 0.2 || *o.Valid != 0.4 ||
		o.Seconds != 4 || o.Steps["turn"] != 4 || o.Steps["supervised"] != 6 {
		t.Errorf("read %+v, rule %s", o, rule)
	}
	for text, want := range map[string]string{"{": "hint: score the run again",
		`{"mean_average_precision":null}`: "no class has an example"} {
		file(t, report, text)
		if _, _, err := Read(dir); err == nil || !strings.Contains(hint.Text(err), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestInsert(t *testing.T) {
	path := file(t, filepath.Join(t.TempDir(), "README.md"), "<!-- other -->\nkept\n<!-- end -->\n<!-- results "+
		"-->\nold\n<!-- end -->\nkept too\n")
	for range 2 { // again gives the same
		if err := Insert(path, "| new |\n"); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "<!-- other -->\nkept\n<!-- end -->\n<!-- results -->\n| new |\n<!-- end -->\nkept too\n"
	if string(raw) != want {
		t.Errorf("got %q", raw)
	}
	link := filepath.Join(t.TempDir(), "link.md")
	if err := errors.Join(os.Symlink(path, link), CheckMarks(link), Insert(link, "| newer |\n")); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path); err != nil || !strings.Contains(string(raw), "| newer |") {
		t.Errorf("the link was not followed: %q, %v", raw, err)
	}
	if err := CheckMarks(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: got %v", err)
	}
	file(t, path, "<!-- end --> <!-- results -->\n")
	if err := CheckMarks(path); err == nil || !strings.Contains(hint.Text(err), "\nhint: it goes between") {
		t.Errorf("got %v", err)
	}
}

func TestPrintDistinguishesRuns(t *testing.T) {
	seen := map[string]bool{}
	for _, parts := range [][]string{{"a"}, {"b"}, {"a", ""}, {"a", "1"}, {"a", "1", "2"}, {"a", "2", "1"}} {
		p := NewPrint([]byte(parts[0]))
		for _, digest := range parts[1:] {
			p.Add(digest)
		}
		if seen[p.String()] || len(p.String()) != 8 {
			t.Errorf("%q: print %s", parts, p)
		}
		seen[p.String()] = true
	}
}
