package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/spec"
)

// results are the specs that make results compares.
func results(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../specs/results/*.toml")
	if err != nil || len(paths) < 8 {
		t.Fatalf("only %d specs, %v", len(paths), err)
	}
	return paths
}

func TestEveryComparedSpecTrains(t *testing.T) {
	if testing.Short() {
		t.Skip("trains every spec")
	}
	overrides := smallData(t)
	for _, set := range overrides {
		if path, ok := strings.CutPrefix(set, "data.test="); ok {
			overrides = append(overrides, "data.valid="+path)
		}
	}
	for _, path := range results(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".toml"), func(t *testing.T) { twoSteps(t, path, overrides) })
	}
}

// TestComparedSpecsDifferInMethodAlone holds what makes the comparison a fair one:
// data, backbone and all of the supervised branch are the same.
func TestComparedSpecsDifferInMethodAlone(t *testing.T) {
	first := ""
	for _, path := range results(t) {
		s, problems := spec.Load(path, nil)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(filepath.Base(path), ".toml"); s.Name != name {
			t.Errorf("%s is named %q", path, s.Name)
		}
		if first == "" {
			first = heldEqual(s)
		}
		if got := heldEqual(s); got != first {
			t.Errorf("%s has\n%s\nothers have\n%s", path, got, first)
		}
	}
}

func heldEqual(s *spec.Spec) string {
	component := func(c *spec.Component) string { return c.Plugin + fmt.Sprint(c.Options) }
	supervised, data := s.Branch("supervised"), s.Data
	data.Unlabeled = ""               // what the methods are about
	optimizer := supervised.Optimizer // a copy
	optimizer.Name = ""               // shared with another branch or not
	lines := []string{fmt.Sprint(data), component(s.Backbone) + s.Weights, fmt.Sprint(s.Eval),
		component(supervised.Heads["head"]), component(supervised.Loss), fmt.Sprint(optimizer, supervised.Weight,
			supervised.Batch)}
	for _, c := range supervised.Augment {
		lines = append(lines, component(c))
	}
	return strings.Join(lines, "\n")
}
