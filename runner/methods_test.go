package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core/spec"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// TestEverySpecTrains takes two steps of each phase of every spec that ships, on a
// small data set of its own. The reference system is too large for that: others
// test it.
func TestEverySpecTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("trains every spec")
	}
	paths, err := filepath.Glob("../specs/*.toml")
	if err != nil || len(paths) < 8 {
		t.Fatalf("only %d specs, %v", len(paths), err)
	}
	overrides := smallData(t)
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".toml")
		if name == "sesemi" {
			continue
		}
		t.Run(name, func(t *testing.T) { twoSteps(t, path, overrides) })
	}
}

// smallData writes samples of as many classes as the quickstart's, and returns what
// makes a spec take them.
func smallData(t *testing.T) []string {
	t.Helper()
	c := synth.Default()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes = filepath.Join(t.TempDir(), "data"), 12, 2, 12, 8
	c.MinFrames, c.MaxFrames, c.Size = 2, 4, 64
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.ToSlash(filepath.Join(c.Dir, name)) }
	return []string{"data.labeled=" + file("train.csv"), "data.unlabeled=" + file("unlabeled.csv"), "data.test=" +
		file("test.csv"),
		"data.frames=2", "data.size=32", "data.batch=4"}
}

// load reads a spec with overrides and two steps for every phase.
func load(t *testing.T, path string, overrides []string) *spec.Spec {
	t.Helper()
	first, problems := spec.Load(path, overrides)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, phase := range first.Phases {
		overrides = append(overrides[:len(overrides):len(overrides)], "phase."+phase.Name+".epochs=2",
			"phase."+phase.Name+".steps=2")
	}
	s, problems := spec.Load(path, overrides)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

func twoSteps(t *testing.T, path string, overrides []string) {
	s := load(t, path, overrides)
	built, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: inProcess{}, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	before := snapshot(built)
	e := built.Engine()
	steps, trained := map[string]int{}, map[string]bool{}
	e.OnStep = func(r engine.StepReport) {
		steps[r.Phase]++
		for branch, loss := range r.Losses {
			trained[branch] = trained[branch] || !math.IsNaN(loss)
		}
	}
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, phase := range s.Phases {
		if steps[phase.Name] != 2 {
			t.Errorf("phase %s took %d steps", phase.Name, steps[phase.Name])
		}
	}
	if len(trained) != len(s.Branches) {
		t.Errorf("only %v of %d branches were trained", trained, len(s.Branches))
	}
	moved(t, built, before)
}

// moved makes sure that training changed every module that has something to train.
func moved(t *testing.T, built *pipeline.Pipeline, before [][][]float32) {
	t.Helper()
	for p, module := range built.Modules() {
		changed := false
		for i, state := range module.State {
			for j, v := range state.Float32s() {
				changed = changed || v != before[p][i][j] && !module.Plan.Params[i].Buffer
			}
		}
		if module.Trainable() && !changed {
			t.Errorf("%s was not trained", module.Name)
		}
	}
}
