package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/checkpoint"
	"montage/runner/engine"
	"montage/runner/predict"
	"montage/runner/probe"
	"montage/runner/run"
	"montage/runner/weight"
)

// fakeEngine "trains" by calling the policy after each of so many epochs, the last of
// which ends the phase.
type fakeEngine struct {
	policy *Policy
	epochs int
	done   int
	// fails, when set, ends the epoch after those that are done.
	fails error
}

func (e *fakeEngine) Run(ctx context.Context) error {
	for e.done < e.epochs {
		e.done++
		report := engine.EpochReport{Phase: "joint", Epoch: e.done, Steps: 1, Losses: map[string]float64{"b": 0.5},
			Last: e.done == e.epochs, Seconds: 2, Frames: 10}
		if err := e.policy.endEpoch(ctx, report); err != nil {
			return err
		}
	}
	return e.fails
}

func (e *fakeEngine) Content() (checkpoint.Content, error) {
	state, err := json.Marshal(e.done)
	return checkpoint.Content{State: state, Files: map[string][]weight.Named{}}, err
}

func (e *fakeEngine) Label() string { return fmt.Sprintf("epoch%d", e.done) }

func (e *fakeEngine) Restore(c checkpoint.Content) error { return json.Unmarshal(c.State, &e.done) }

func (e *fakeEngine) EpochsDone() int { return e.done }

// rehearsal is a run with a fake engine, and the log of its policy.
type rehearsal struct {
	*Policy
	*fakeEngine
	log *bytes.Buffer
}

func rehearse(t *testing.T, dir string, epochs int) rehearsal {
	t.Helper()
	f := rehearsal{fakeEngine: &fakeEngine{epochs: epochs}, log: &bytes.Buffer{}}
	f.Policy = &Policy{engine: f.fakeEngine, warned: map[string]bool{}}
	f.Policy.Run, f.Policy.Log = &run.Run{Dir: dir}, zerolog.New(f.log)
	f.fakeEngine.policy = f.Policy
	return f
}

// scoring makes validation give these mean average precisions, one after the other: of
// two samples of one class, the second is in it.
func scoring(values ...float64) func(context.Context) (predict.Scores, error) {
	return func(context.Context) (predict.Scores, error) {
		wanted := values[0]
		values = values[1:]
		scores := []float32{0, 1}
		if wanted == 0.5 { // the wrong sample comes first
			scores = []float32{1, 0}
		}
		return predict.Scores{Probabilities: tensor.FromFloat32(scores, 2, 1),
			Targets: tensor.FromFloat32([]float32{0, 1}, 2, 1)}, nil
	}
}

// saved reads the epoch of the last or best checkpoint.
func saved(t *testing.T, r *run.Run, link string) (epoch int) {
	t.Helper()
	content, _, err := r.Load(link)
	if err == nil {
		err = json.Unmarshal(content.State, &epoch)
	}
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

// TestTheBestEpochIsKept scores every epoch but one, and keeps the first of equals.
func TestTheBestEpochIsKept(t *testing.T) {
	f := rehearse(t, t.TempDir(), 5)
	f.Validate, f.ValidateEvery = scoring(0.5, 1, 1), 2 // epochs 2, 4 and, as the last, 5
	if err := f.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectScores(t, f.Policy.Run, 0, 0.5, 0, 1, 1)
	if best, last := saved(t, f.Policy.Run, checkpoint.Best), saved(t, f.Policy.Run, checkpoint.Last); best != 4 ||
		last != 5 {
		t.Errorf("the best is epoch %d, the last %d", best, last)
	}
}

// TestValidationThatFails ends the run after the epoch, which is recorded and saved
// without its score. The run goes on with the next epoch.
func TestValidationThatFails(t *testing.T) {
	for want, validate := range map[string]func(context.Context) (predict.Scores, error){
		"broken": func(context.Context) (predict.Scores, error) { return predict.Scores{}, errors.New("broken") },
		"validation: no class has an example": func(context.Context) (predict.Scores, error) {
			return predict.Scores{Probabilities: tensor.FromFloat32([]float32{0, 1}, 2, 1),
				Targets: tensor.FromFloat32([]float32{0, 0}, 2, 1)}, nil
		},
		"validation: ": func(context.Context) (predict.Scores, error) {
			return predict.Scores{Probabilities: tensor.FromFloat32([]float32{0}, 1, 1),
				Targets: tensor.FromFloat32([]float32{0, 1}, 2, 1)}, nil
		},
	} {
		f := rehearse(t, t.TempDir(), 2)
		f.Validate, f.ValidateEvery = validate, 1
		err := f.Train(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--resume") {
			t.Errorf("want %q: error %v", want, err)
		}
		if f.done != 1 || saved(t, f.Policy.Run, checkpoint.Last) != 1 {
			t.Errorf("want %q: %d epochs are done", want, f.done)
		}
		expectScores(t, f.Policy.Run, 0)
		goesOn := rehearse(t, f.Policy.Run.Dir, 3)
		goesOn.Validate, goesOn.ValidateEvery = scoring(0.5, 1), 1
		err = os.WriteFile(filepath.Join(f.Policy.Run.Dir, "plugins.json"), []byte("[]"), 0o644)
		if err == nil {
			err = goesOn.Resume()
		}
		if err == nil {
			err = goesOn.Train(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		expectScores(t, f.Policy.Run, 0, 0.5, 1)
	}
}

// expectScores compares the recorded epochs with their scores, 0 for none.
func expectScores(t *testing.T, r *run.Run, scores ...float64) {
	t.Helper()
	records, err := r.Records()
	if err != nil || len(records) != len(scores) {
		t.Fatalf("%d records, want %d, %v", len(records), len(scores), err)
	}
	for i, want := range scores {
		epoch, got := records[i].Epoch, records[i].Score
		if epoch != i+1 || (got == nil) != (want == 0) || got != nil && *got != want {
			t.Errorf("record %d is epoch %d with score %v, want %v", i+1, epoch, got, want)
		}
	}
}

// TestProbesAreNoReasonToStop: a probe that fails is a warning.
func TestProbesAreNoReasonToStop(t *testing.T) {
	f := rehearse(t, t.TempDir(), 3)
	f.ProbeEvery = map[string]int{"joint": 2, "other": 1}
	calls := 0
	f.Probe = func(context.Context) (probe.Result, error) {
		if calls++; calls == 1 {
			return probe.Result{}, errors.New("no features")
		}
		return probe.Result{Linear: probe.Score{MAP: 0.25}, Neighbours: probe.Score{MAP: 0.75}}, nil
	}
	if err := f.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, err := f.Policy.Run.Records()
	if err != nil || calls != 2 || records[0].Probe != nil || records[1].Probe != nil ||
		records[2].Probe["linear_map"] != 0.25 || records[2].Probe["knn_map"] != 0.75 {
		t.Errorf("%d probes, records %v, %v", calls, records, err)
	}
	if !strings.Contains(f.log.String(), `"error":"no features"`) || !strings.Contains(f.log.String(),
		`"knn_map":0.75,"linear_map":0.25,"phase":"joint","epoch":3,"loss":"b 0.5","seconds":2,"frames_per_second":5`) {
		t.Errorf("log: %s", f.log)
	}
}

// TestInterruptions come while an epoch is scored: it is saved without its score.
func TestInterruptions(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	f := rehearse(t, t.TempDir(), 3)
	f.ValidateEvery, f.Validate = 1, func(ctx context.Context) (predict.Scores, error) {
		cancel(reason)
		return predict.Scores{}, ctx.Err()
	}
	cleared := 0
	f.ClearProgress = func() { cleared++ }
	if err := f.Train(ctx); !errors.Is(err, reason) {
		t.Errorf("the error is %v", err)
	}
	records, err := f.Policy.Run.Records()
	if err != nil || len(records) != 1 || records[0].Score != nil || saved(t, f.Policy.Run, checkpoint.Last) != 1 {
		t.Errorf("records %v, %v", records, err)
	}
	if want := "interrupted: saved; continue with: runner exec --resume " + f.Policy.Run.Dir; cleared == 0 ||
		!strings.Contains(f.log.String(), want) {
		t.Errorf("cleared %d times, log: %s", cleared, f.log)
	}
}

func TestDivergenceIsNotSaved(t *testing.T) {
	f := rehearse(t, t.TempDir(), 0)
	f.fails = fmt.Errorf("loss: %w", core.ErrNotFinite)
	if err := f.Train(t.Context()); err != f.fails {
		t.Errorf("the error is %v", err)
	}
	if f.Policy.Run.HasCheckpoint() {
		t.Error("what diverged was saved")
	}
}

// TestAnErrorSaysHowToGoOn: what was done is saved, and the hint says so.
func TestAnErrorSaysHowToGoOn(t *testing.T) {
	f := rehearse(t, t.TempDir(), 1)
	f.fails = errors.New("a plugin died")
	err := f.Train(t.Context())
	message, hints := hint.Split(err)
	want := []string{"saved; continue with: runner exec --resume " + f.Policy.Run.Dir}
	if message != "a plugin died" || !slices.Equal(hints, want) || !errors.Is(err, f.fails) ||
		saved(t, f.Policy.Run, checkpoint.Last) != 1 {
		t.Errorf("%q with %q, expected %q", message, hints, want)
	}
}

func TestNothingToTrainIsSaved(t *testing.T) {
	f := rehearse(t, t.TempDir(), 0)
	if err := f.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if saved(t, f.Policy.Run, checkpoint.Last) != 0 {
		t.Error("another state was saved")
	}
}

// TestADiskThatFails: each thing that is written may fail, and the first error is returned.
func TestADiskThatFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "metrics.jsonl"), 0o755); err != nil {
		t.Fatal(err)
	}
	f := rehearse(t, dir, 2)
	if err := f.Train(t.Context()); err == nil || !strings.Contains(err.Error(), "write metrics") ||
		saved(t, f.Policy.Run, checkpoint.Last) != 1 {
		t.Errorf("metrics: %v", err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f = rehearse(t, dir, 2)
	if err := f.Train(t.Context()); err == nil || strings.Count(err.Error(), "save checkpoint") != 2 {
		t.Errorf("checkpoint: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	f = rehearse(t, dir, 0)
	f.fails = ctx.Err()
	if err := f.Train(ctx); err == nil || !strings.Contains(err.Error(), "could not be saved\nsave checkpoint") {
		t.Errorf("interrupted: %v", err)
	}
}

// TestCollapseIsWarnedOfOnce in each phase, from its second epoch on.
func TestCollapseIsWarnedOfOnce(t *testing.T) {
	f := rehearse(t, t.TempDir(), 0)
	for epoch := range 4 {
		report := engine.EpochReport{Phase: "joint", Epoch: epoch + 1,
			Embeddings: map[string]engine.EmbeddingStats{"b": {"spread": 0.01}}}
		if err := f.endEpoch(t.Context(), report); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(f.log.String(), "they collapsed"); n != 1 {
		t.Errorf("%d warnings: %s", n, f.log)
	}
	if strings.Contains(f.log.String(), "NaN") {
		t.Errorf("an epoch of no time: %s", f.log)
	}
}

func TestLossesAreSorted(t *testing.T) {
	if got := Losses(map[string]float64{"b": 1.23456, "a": 2}); got != "a 2  b 1.235" {
		t.Error(got)
	}
}

func TestNewTakesTheEngine(t *testing.T) {
	e := engine.New(engine.Config{})
	p := New(e, Config{Run: &run.Run{Dir: t.TempDir()}, Log: zerolog.Nop(), Restarts: func() int { return 3 }})
	if err := p.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.OnEpoch(t.Context(), engine.EpochReport{Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	if records, err := p.Run.Records(); err != nil || len(records) != 1 {
		t.Errorf("records %v, %v", records, err)
	}
}

func lines(f rehearsal) (messages []string) {
	for line := range strings.Lines(f.log.String()) {
		var l struct{ Message, Plugin string }
		if json.Unmarshal([]byte(line), &l) == nil {
			messages = append(messages, strings.TrimSpace(l.Plugin+" "+l.Message))
		}
	}
	return slices.Clip(messages)
}
