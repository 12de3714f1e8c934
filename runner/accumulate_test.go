package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core/spec"
	"montage/runner/checkpoint"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// accumulatingSpec steps after three batches, with what else goes into a step.
const accumulatingSpec = `
name = "accumulating"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
frames = 2
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
[strategy]
plugin = "sesemi"
[branch.supervised]
head = { plugin = "mlp", hidden = [8], dropout = 0.3 }
loss = { plugin = "bce" }
optimizer = { kind = "lars", lr = 1.0, trust = 0.01, weight_decay = 1e-4, clip = 0.1, accumulate = 3 }
[branch.proxy]
head = { plugin = "mlp" }
loss = { plugin = "cross-entropy" }
optimizer = { kind = "adamw", clip = 1, accumulate = 2 }
[phase.joint]
epochs = 2
`

// accumulatingPipeline builds the spec over a data set of 4 batches.
func accumulatingPipeline(t *testing.T, dir string) *pipeline.Pipeline {
	t.Helper()
	s, problems := spec.Load(filepath.Join(dir, "accumulating.toml"), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	built, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: inProcess{}, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	return built
}

// until trains to a step in all, or to the end, and saves the state.
func until(t *testing.T, built *pipeline.Pipeline, e *engine.Engine, step int, dir string) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason, done := errors.New("enough"), 0
	e.OnStep = func(engine.StepReport) {
		if done++; done == step {
			cancel(reason)
		}
	}
	if err := e.Run(ctx); err != nil && !errors.Is(err, reason) {
		t.Fatal(err)
	}
	content, err := e.Content()
	if err != nil {
		t.Fatal(err)
	}
	if err := (checkpoint.Folder{Dir: dir}).Save(e.Label(), content, false); err != nil {
		t.Fatal(err)
	}
}

// TestAccumulatedGradientsSurvive interrupts within two epochs of 4 batches, continues from the checkpoint, and
// ends with the bits of an undisturbed run.
func TestAccumulatedGradientsSurvive(t *testing.T) {
	if testing.Short() {
		t.Skip("trains four times")
	}
	dir := t.TempDir()
	c := synth.Default()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes, c.MinFrames, c.MaxFrames = filepath.Join(dir, "data"), 16, 1, 16, 3,
		2, 4
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "accumulating.toml"), accumulatingSpec)
	straight := accumulatingPipeline(t, dir)
	until(t, straight, straight.Engine(), 0, filepath.Join(dir, "straight"))
	want := snapshot(straight)

	for _, step := range []int{1, 4, 5} { // both wait, one waits between epochs, both have stepped
		saved := filepath.Join(dir, "step", string(rune('0'+step)))
		built := accumulatingPipeline(t, dir)
		before := snapshot(built)
		until(t, built, built.Engine(), step, saved)
		if step == 1 {
			unchanged(t, built, before)
		}
		content, err := checkpoint.Folder{Dir: saved}.Load(checkpoint.Last)
		if err != nil {
			t.Fatal(err)
		}
		if step == 4 && !strings.Contains(strings.Join(strings.Fields(string(content.State)), ""),
			`"accumulated":{"joint.supervised":1}`) {
			t.Errorf("after four batches the state is %s", content.State)
		}
		resumed := accumulatingPipeline(t, dir)
		e := resumed.Engine()
		if err := e.Restore(content); err != nil {
			t.Fatal(err)
		}
		until(t, resumed, e, 0, filepath.Join(saved, "end"))
		if !slices.EqualFunc(snapshot(resumed), want,
			func(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal) }) {
			t.Errorf("interrupted after step %d: the parameters differ", step)
		}
	}
}

// unchanged makes sure that no optimizer stepped.
func unchanged(t *testing.T, built *pipeline.Pipeline, before [][][]float32) {
	t.Helper()
	for p, module := range built.Modules() {
		for i, param := range module.Plan.Params {
			if !param.Buffer && !slices.Equal(module.State[i].Float32s(), before[p][i]) {
				t.Fatalf("%s %s changed before its step was due", module.Name, param.Name)
			}
		}
	}
}
