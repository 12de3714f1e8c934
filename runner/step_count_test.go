package main

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/spec"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// countingSpec ends after three steps of four; both optimizers update after two.
const countingSpec = `
name = "counting"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
frames = 1
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
[strategy]
plugin = "sesemi"
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
optimizer = { kind = "sgd", accumulate = 2 }
[branch.proxy]
head = { plugin = "mlp" }
loss = { plugin = "cross-entropy" }
optimizer = { kind = "sgd", accumulate = 2 }
[phase.joint]
epochs = 1
steps = 3
`

// listener hears which steps its strategy is asked about.
type listener struct {
	inProcess
	steps *[]int64
}

func (l listener) New(kind core.Kind, name string, v core.Values) (any, error) {
	made, err := l.inProcess.New(kind, name, v)
	if kind != core.KindStrategy || err != nil {
		return made, err
	}
	return overheard{made.(core.Strategy), made.(core.ViewTransformer), l.steps}, nil
}

type overheard struct {
	core.Strategy
	core.ViewTransformer
	steps *[]int64
}

func (h overheard) Transform(ctx context.Context, c core.TransformCall) error {
	*h.steps = append(*h.steps, c.Step)
	return h.ViewTransformer.Transform(ctx, c)
}

// TestStepsCountBatches: phase.steps and the step of a strategy's calls count batches
// where accumulate is 2, and parameters change at every second, and at the end of the
// phase.
func TestStepsCountBatches(t *testing.T) {
	dir := t.TempDir()
	c := synth.Default()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes = filepath.Join(dir, "data"), 16, 1, 16, 3
	c.MinFrames, c.MaxFrames = 1, 2
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "counting.toml"), countingSpec)
	s, problems := spec.Load(filepath.Join(dir, "counting.toml"), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	var asked []int64
	built, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: listener{steps: &asked},
		Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	e := built.Engine()
	asked = nil // building may try the strategy
	var steps []int
	var updated []bool
	before := parameters(built)
	e.OnStep = func(r engine.StepReport) {
		now := parameters(built)
		steps, updated = append(steps, r.Step), append(updated, !slices.Equal(now, before))
		before = now
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(steps, []int{1, 2, 3}) || !slices.Equal(updated, []bool{false, true, true}) {
		t.Errorf("steps %v, of which updated %v", steps, updated)
	}
	if !slices.Equal(asked, []int64{0, 1, 2}) {
		t.Errorf("the strategy was asked at steps %v", asked)
	}
}

// parameters copies what optimizers may change, without buffers.
func parameters(p *pipeline.Pipeline) (all []float32) {
	for _, module := range p.Modules() {
		for i, param := range module.Plan.Params {
			if !param.Buffer {
				all = append(all, module.State[i].Float32s()...)
			}
		}
	}
	return all
}
