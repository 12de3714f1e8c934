package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"montage/core"
	"montage/core/spec"
	"montage/runner/model"
	"montage/runner/pipeline"
)

// TestOptimizerSaysWhatItDoes: settings that are not set are not printed.
func TestOptimizerSaysWhatItDoes(t *testing.T) {
	for table, want := range map[string]string{
		`{ kind = "adam", lr = 1e-4 }`: "supervised adam lr 0.0001, " +
			"schedule constant",
		`{ kind = "lars", lr = 0.3, trust = 0.02, schedule = { kind = "cosine" } }`: "supervised lars lr 0.3, " +
			"schedule cosine, trust 0.02",
		`{ kind = "sgd", lr = 0.1, clip = 0.5, accumulate = 4 }`: "supervised sgd lr 0.1, " +
			"schedule constant, clip 0.5, an update every 4 steps",
	} {
		path := filepath.Join(t.TempDir(), "x.toml")
		text := fmt.Sprintf("name = \"x\"\nbackbone = { plugin = \"x\" }\nstrategy = { plugin = \"x\" "+
			"}\nbranch.supervised.optimizer = %s\n", table)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, _ := spec.Load(path, nil) // the spec lacks what an optimizer does without
		a := &pipeline.Pipeline{Config: pipeline.Config{Spec: s}}
		b := &model.Branch{Branch: core.Branch{Name: "supervised"},
			Optimizer: s.Branch("supervised").Optimizer.Name}
		if got := optimizer(a, b); got != want {
			t.Errorf("%s: %q, want %q", table, got, want)
		}
	}
}
