package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/checkpoint"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// twoPhases pretrains by contrast and fine-tunes what it keeps of it.
const twoPhases = `
name = "twophases"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
test = "data/test.csv"
frames = 3
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
[strategy]
plugin = "simclr"
keep = true
[branch.contrast]
augment = [{ plugin = "crop" }, { plugin = "color-jitter", brightness = 0.4 }]
kept = { plugin = "projection", layers = 1, outputs = 16, last = "hidden" }
head = { plugin = "projection", outputs = 8 }
loss = { plugin = "nt-xent" }
optimizer = { kind = "lars", lr = 0.5, schedule = { kind = "cosine", warmup_epochs = 1 } }
[branch.supervised]
augment = [{ plugin = "mirror" }]
head = { plugin = "mlp", hidden = [8], dropout = 0.3 }
loss = { plugin = "bce" }
optimizer = { kind = "adam", lr = 1e-3, accumulate = 2 }
[phase.pretrain]
epochs = 6
[phase.finetune]
epochs = 12
`

// contrastive makes the pipeline of twoPhases with overrides, over a data set in dir.
func contrastive(t *testing.T, dir string, config pipeline.Config, overrides ...string) *pipeline.Pipeline {
	t.Helper()
	path := filepath.Join(dir, "twophases.toml")
	write(t, path, twoPhases)
	s, problems := spec.Load(path, overrides)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	config.Spec, config.Plugins, config.Log = s, inProcess{}, zerolog.Nop()
	built, err := pipeline.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// contrastData writes a data set of samples with 3 frames and returns its folder's
// parent.
func contrastData(t *testing.T, unlabeled int) string {
	t.Helper()
	c := synth.Default()
	dir := t.TempDir()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes, c.MinFrames, c.MaxFrames, c.Size = filepath.Join(dir, "data"), 8, 2,
		unlabeled, 3, 3, 3, 32
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKeptHead follows the head of the projection that fine-tuning continues with: it
// starts as pretraining left it and is trained, what is dropped rests, and to predict
// takes nothing else.
func TestKeptHead(t *testing.T) {
	dir := contrastData(t, 8)
	built := contrastive(t, dir, pipeline.Config{}, "phase.pretrain.epochs=1", "phase.finetune.epochs=1")
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	named := func(name string) [][]float32 {
		for _, p := range built.Modules() {
			if p.Name == name {
				return values(p.State)
			}
		}
		t.Fatalf("no module is named %s", name)
		return nil
	}
	start := named("contrast.kept")
	var kept, dropped [][]float32
	e := built.Engine()
	e.OnEpoch = func(_ context.Context, r engine.EpochReport) error {
		if r.Phase == "pretrain" {
			kept, dropped = named("contrast.kept"), named("contrast.head")
		}
		return nil
	}
	steps := 0
	e.OnStep = func(r engine.StepReport) {
		if steps++; r.Phase == "finetune" && r.Step == 1 && !equal(kept[:1], named("contrast.kept")[:1]) {
			t.Error("the kept head changed before the first step of fine-tuning, which accumulates two batches")
		}
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if equal(start[:1], kept[:1]) || equal(kept[:1], named("contrast.kept")[:1]) || steps != 4 {
		t.Errorf("the kept head was not trained in both phases; %d steps", steps)
	}
	if !equal(dropped, named("contrast.head")) {
		t.Error("the dropped head was trained in fine-tuning")
	}
	content, err := e.Content()
	if err != nil {
		t.Fatal(err)
	}
	predicting := contrastive(t, dir, pipeline.Config{Predict: true, Classes: built.Classes})
	used(t, predicting, content, named("contrast.kept"))
}

// used fills what predicts from a checkpoint.
func used(t *testing.T, built *pipeline.Pipeline, c checkpoint.Content, kept [][]float32) {
	t.Helper()
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range built.Modules() {
		names = append(names, p.Name)
		if err := engine.RestoreModule(p, c); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"backbone", "contrast.kept", "supervised.head"}; !slices.Equal(names, want) ||
		!equal(values(built.Modules()[1].State), kept) {
		t.Errorf("to predict, %v are used; expected %v as they were trained", names, want)
	}
}

// values copies tensors, leaving out those that are zero.
func values(tensors []tensor.Tensor) (out [][]float32) {
	for _, t := range tensors {
		if !t.IsZero() {
			out = append(out, slices.Clone(t.Float32s()))
		}
	}
	return out
}

func equal(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal) }

// gradients takes one step and returns the gradients of every module of the branch.
func gradients(t *testing.T, built *pipeline.Pipeline) (grads [][]float32) {
	t.Helper()
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	e := built.Engine()
	e.OnStep = func(engine.StepReport) { cancel(enough) }
	if err := e.Run(ctx); !errors.Is(err, enough) {
		t.Fatal(err)
	}
	for _, p := range built.Branches[0].Modules() {
		grads = append(grads, values(p.Grads)...)
	}
	return grads
}

// TestContrastInPieces holds a contrastive step whose backbone takes a few frames at
// a time to the gradients of the whole batch: every frame is a negative of every
// other, whatever piece it came in.
func TestContrastInPieces(t *testing.T) {
	dir := contrastData(t, 8)
	step := func(micro string) [][]float32 {
		return gradients(t, contrastive(t, dir, pipeline.Config{}, "backbone.batchnorm=frozen",
			"backbone.micro_batch="+micro, "branch.contrast.batch=8"))
	}
	whole, pieces := step("0"), step("4")
	if len(whole) == 0 || len(pieces) != len(whole) {
		t.Fatalf("%d and %d gradients", len(whole), len(pieces))
	}
	differ := false
	for i := range whole {
		size := 0.0
		for _, v := range whole[i] {
			size = max(size, math.Abs(float64(v)))
		}
		for j, v := range whole[i] {
			differ = differ || v != pieces[i][j]
			if d := math.Abs(float64(v) - float64(pieces[i][j])); !(d <= 2e-5*size) {
				t.Fatalf("gradient %d differs by %g of %g", i, d, size)
			}
		}
		if size == 0 {
			t.Errorf("gradient %d is zero", i)
		}
	}
	if !differ {
		t.Error("the gradients are the same bits: nothing was cut")
	}
}

// TestContrastMemory compares batches of 8 and 64 samples, 48 and 384 frames: in
// pieces, a frame more takes its pixels and its features, and no activations.
func TestContrastMemory(t *testing.T) {
	dir := contrastData(t, 64)
	var n, backbone, work [2]int64
	for i, batch := range []string{"8", "64"} {
		built := contrastive(t, dir, pipeline.Config{}, "backbone.micro_batch=4", "branch.contrast.batch="+batch)
		n[i], work[i] = int64(built.Branches[0].WithGradient().N), built.WorkBytes
		backbone[i] = built.Backbone.Plan.Bytes
	}
	more := n[1] - n[0]
	const frame, features, vectors = 3 * 32 * 32, 4 * 64, 4 * (16 + 8)
	if each := (backbone[1] - backbone[0]) / more; n[1] != 384 || each > features {
		t.Errorf("%d frames: the backbone takes %d bytes more for each, want at most %d", n[1], each, features)
	}
	// As it was drawn, twice while it is augmented (all for two views), and in the
	// step that computes and the one ahead.
	most := int64(0.5*frame + 2*0.5*frame + 2*frame + 2*(features+vectors) + 64)
	if each := (work[1] - work[0]) / more; each > most {
		t.Errorf("a frame more takes %d bytes of shared memory, want at most %d", each, most)
	}
}
