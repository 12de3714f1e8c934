package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// authorLines is how many lines a useful component may cost beside what plugin new writes.
const authorLines = 50

// TestStrangersPlugins writes four plugins as a stranger does: plugin new outside the module,
// the author's component instead of the scaffold's, plugin test, and one run with all of them.
func TestStrangersPlugins(t *testing.T) {
	t.Parallel()
	python(t)
	work, programs := t.TempDir(), []string{}
	for _, p := range []struct{ folder, kind, name string }{
		{"focal", "loss", "balanced-focal"},
		{"attention", "head", "attention-pool"},
		{"cutout", "augmentation", "cutout"},
		{"smoothing", "loss", "smooth-bce"},
	} {
		dir := filepath.Join(work, p.folder)
		if p.folder == "smoothing" {
			created(t, "plugin", "new", p.kind, p.name, "--lang", "python", "--dir", dir, "--montage", "..")
			replaceSource(t, filepath.Join("testdata/stranger", p.folder, "plugin.py"), filepath.Join(dir, "plugin.py"))
			programs = append(programs, filepath.Join(dir, "plugin.py"))
		} else {
			created(t, "plugin", "new", p.kind, p.name, "--dir", dir, "--montage", "..")
			replaceSource(t, filepath.Join("testdata/stranger", p.folder, "main.go"), filepath.Join(dir, "main.go"))
			build := exec.Command("go", "build", "-o", p.name, ".")
			build.Dir, build.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			programs = append(programs, filepath.Join(dir, p.name))
		}
		if got := conforms(t, programs[len(programs)-1:]); len(got) != 1 || got[0].Component != p.kind+"/"+p.name {
			t.Errorf("%s: tested %v", p.name, got)
		}
	}
	write(t, filepath.Join(work, "spec.toml"), read(t, "testdata/stranger/spec.toml"))
	created(t, "synth", filepath.Join(work, "data"),
		"--train", "16", "--test", "8", "--unlabeled", "8", "--classes", "3")
	path := []string{"RUNNER_PLUGIN_PATH=" + strings.Join(programs, string(os.PathListSeparator))}
	succeeds(t, path, "exec", filepath.Join(work, "spec.toml"), "--out", filepath.Join(work, "run"))
	used := read(t, filepath.Join(work, "run", "plugins.json"))
	for _, name := range []string{"balanced-focal", "attention-pool", "cutout", "smooth-bce"} {
		if !strings.Contains(used, `"`+name+`"`) {
			t.Errorf("the run did not use %s:\n%s", name, used)
		}
	}
}

// replaceSource replaces the scaffold's source by the author's, and counts
// the lines that the scaffold did not have.
func replaceSource(t *testing.T, from, to string) {
	t.Helper()
	had := map[string]int{}
	for line := range strings.Lines(read(t, to)) {
		had[line]++
	}
	source, own := read(t, from), 0
	for line := range strings.Lines(source) {
		if had[line]--; had[line] < 0 && strings.TrimSpace(line) != "" {
			own++
		}
	}
	if own == 0 || own > authorLines {
		t.Errorf("%s: %d lines of the author's own, at most %d are allowed", from, own, authorLines)
	}
	t.Logf("%s: %d lines of the author's own", from, own)
	if err := os.WriteFile(to, []byte(source), 0o755); err != nil {
		t.Fatal(err)
	}
}
