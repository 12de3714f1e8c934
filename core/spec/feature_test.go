package spec_test

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestFeaturePaths: one path or several, relative to the spec that names them, and none again.
func TestFeaturePaths(t *testing.T) {
	write(t, map[string]string{"a.csv": "", "in/b.csv": "", "in/base.toml": least +
		"data.features = [\"b.csv\", \"*.x\"]\n",
		"one.toml":  "extends = \"in/base.toml\"\nbackbone.plugin = \"features\"\n",
		"two.toml":  "extends = \"one.toml\"\ndata.features = \"a.csv\"\n",
		"none.toml": "extends = \"in/base.toml\"\ndata.features = \"\"\n"})
	at := func(names ...string) (paths []string) {
		for _, name := range names {
			path, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		return paths
	}
	for spec, want := range map[string][]string{"one.toml": at("in/b.csv", "in/*.x"), "two.toml": at("a.csv"),
		"none.toml": nil} {
		s := load(t, spec)
		if !slices.Equal(s.Data.Features, want) || s.TakesFeatures() != (want != nil) || len(s.CheckFiles()) > 0 {
			t.Errorf("%s: %q, %v", spec, s.Data.Features, s.CheckFiles())
		}
		if want != nil {
			sameMeaning(t, s)
		}
	}
}
