package spec_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"montage/core/spec"
)

func TestResolvedMeansTheSame(t *testing.T) {
	bases, err := filepath.Glob("testdata/base/*.toml")
	if err != nil || len(bases) == 0 {
		t.Fatalf("no specs: %v", err)
	}
	for _, path := range bases {
		s, problems := check(path)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		reload(t, s, t.TempDir())
		sameMeaning(t, s)
	}
}

func TestResolvedOddValues(t *testing.T) {
	write(t, map[string]string{"x.toml": "name = \"x\"\nbackbone.plugin = \"resnet50\"\nstrategy.plugin = \"none\"\n" +
		"data.labeled = \"tab\\t quote \\\" back \\\\ bell \\u0007 ü.csv\"\ndata.cache = 3\ndata.batch = 4\neval = { " +
		"batch = 2, top_k = [] }\n" +
		"[branch.a]\nbatch = 2\nweight = 1e300\noptimizer = { kind = \"sgd\", lr = 1e-30, momentum = 0.9, nesterov = " +
		"true, name = \"A_1.x\", schedule = { kind = \"step\", step_epochs = 2 } }\n" +
		"loss = { plugin = \"l\", \"odd key\" = 1, f = 3.0, big = 9007199254740993, no = [], t = [{ a = [true, inf] " +
		"}, {}], day = 1979-05-27 }\n" +
		"[branch.b]\noptimizer = { kind = \"adamw\", clip = 0.5, accumulate = 3, schedule = { kind = \"cosine\", " +
		"warmup_epochs = 0.5, min_factor = 0.1 } }\n" +
		"augment = [{ plugin = \"mirror\" }]\nclass_weights = \"effective\"\nclass_weights_beta = 0.9\n" +
		"sampler = \"balanced\"\nclass_weight = { Drama = 2, \"Sci-Fi & \\\"Fantasy\\\"\" = 0.5 }\n" +
		"[branch.b.view.v]\naugment = []\n[branch.c]\noptimizer = { kind = " +
		"\"lars\", trust = 0.02, nesterov = true }\n[phase.p]\nepochs = 0\nsteps = 7\n"})
	sameMeaning(t, load(t, "x.toml"))
}

// sameMeaning compares a spec with its reloaded self, field by field save positions.
func sameMeaning(t *testing.T, s *spec.Spec) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "resolved.toml")
	if err := os.WriteFile(path, s.Resolved(), 0o644); err != nil {
		t.Fatal(err)
	}
	again := load(t, path)
	if s.Backbone.Values != nil {
		if problems := again.CheckComponents(lookup); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	checked := s.Backbone.Values != nil
	if got, want := flat(again, checked), flat(s, checked); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v\nfrom\n%s", got, want, s.Resolved())
	}
}

// flat lists what a spec means, without positions.
func flat(s *spec.Spec, checked bool) []any {
	out := []any{s.Name, s.Seed, s.Data, s.Weights, s.Eval}
	for _, c := range s.Components() {
		options := c.Options
		if checked {
			options = c.Values
		}
		out = append(out, c.Kind, c.Plugin, c.Path, options)
	}
	for _, b := range s.Branches {
		out = append(out, b.Name, b.Optimizer, b.Weight, b.Batch, b.ClassWeights, b.Beta, b.Sampler)
		out = append(out, len(b.Augment), len(b.Views), len(b.Heads))
		for _, c := range b.ClassWeight {
			out = append(out, c.Class, c.Weight)
		}
	}
	for _, p := range s.Phases {
		out = append(out, *p)
	}
	return out
}

// TestResolvedBatchFollows: a number that was not set still follows [data].
func TestResolvedBatchFollows(t *testing.T) {
	s := load(t, "testdata/base/complete.toml")
	path := filepath.Join(t.TempDir(), "resolved.toml")
	if err := os.WriteFile(path, s.Resolved(), 0o644); err != nil {
		t.Fatal(err)
	}
	again := load(t, path, "data.batch=3")
	if again.Branch("supervised").Batch != 3 || again.Eval.Batch != 3 {
		t.Errorf("got %d and %d", again.Branch("supervised").Batch, again.Eval.Batch)
	}
}

func TestResolvedText(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s, problems := check("testdata/base/complete.toml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	compare(t, "testdata/resolved.golden", strings.ReplaceAll(string(s.Resolved()), here, "/here"))
}
