package develop

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/core/hint"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func stamp(t *testing.T, p *Project) string {
	t.Helper()
	s, err := p.Stamp()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenKnowsPlugins(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go", "main.go"), "package main", 0o644)
	write(t, filepath.Join(dir, "py", "plugin.py"), "", 0o755)
	write(t, filepath.Join(dir, "plain", "plugin.py"), "", 0o644)
	write(t, filepath.Join(dir, "none", "README.md"), "", 0o644)
	for path, program := range map[string]string{"go": "work/go", "py": "py/plugin.py",
		"py/plugin.py": "py/plugin.py"} {
		p, err := Open(filepath.Join(dir, path), filepath.Join(dir, "work"))
		if err != nil || p.Program != filepath.Join(dir, program) {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
	}
	for path, want := range map[string]string{"none": "runner plugin new", "plain": "chmod +x",
		"go/main.go": "name its folder", "missing": "no such file"} {
		if _, err := Open(filepath.Join(dir, path), dir); err == nil || !strings.Contains(hint.Text(err), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestStampSeesSourcesAlone(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), "package main", 0o644)
	p := &Project{Dir: dir}
	before := stamp(t, p)
	write(t, filepath.Join(dir, "runs", "metrics.jsonl"), "{}", 0o644)
	write(t, filepath.Join(dir, ".git", "x.go"), "", 0o644)
	write(t, filepath.Join(dir, "__pycache__", "x.py"), "", 0o644)
	if stamp(t, p) != before {
		t.Error("what is no source changed the stamp")
	}
	for _, name := range []string{"sub/other.go", "helper.py", "go.mod"} {
		write(t, filepath.Join(dir, name), "", 0o644)
		if now := stamp(t, p); now == before {
			t.Errorf("%s did not change the stamp", name)
		} else {
			before = now
		}
	}
	if err := os.Remove(filepath.Join(dir, "helper.py")); err != nil || stamp(t, p) == before {
		t.Errorf("a removed source did not change the stamp, %v", err)
	}
}

// TestChangedWaitsForRest answers once for a burst of changes.
func TestChangedWaitsForRest(t *testing.T) {
	dir := t.TempDir()
	p := &Project{Dir: dir}
	before := stamp(t, p)
	done := make(chan time.Time)
	go func() {
		for i := range 5 {
			time.Sleep(poll / 2)
			write(t, filepath.Join(dir, "main.go"), strings.Repeat("x", i), 0o644)
		}
		done <- time.Now()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- p.Changed(ctx, before) }()
	select {
	case err := <-answered:
		t.Fatalf("answered in the middle, %v", err)
	case <-done:
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 2*poll)
	defer cancel()
	if err := p.Changed(short, stamp(t, p)); err == nil {
		t.Error("answered without a change")
	}
}

// TestBuildKeepsTheProgramThatRuns until a build succeeds.
func TestBuildKeepsTheProgramThatRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	dir, work := filepath.Join(t.TempDir(), "mine"), t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module mine\n", 0o644)
	write(t, filepath.Join(dir, "main.go"), "package main\nfunc main() {}\n", 0o644)
	p, err := Open(dir, work)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.Program); err == nil {
		t.Error("the build replaced the program before it was installed")
	}
	if err := p.Install(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.go"), "package main\nfunc main() { oops }\n", 0o644)
	if err := p.Build(t.Context()); err == nil || !strings.Contains(err.Error(), "main.go:2") {
		t.Errorf("a program that does not compile: %v", err)
	}
	if _, err := os.Stat(p.Program); err != nil {
		t.Error("the program is gone")
	}
}
