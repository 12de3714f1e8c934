package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"montage/core"
)

func envPath() string { return os.Getenv("PATH") }

// TestNewPlugins writes a plugin of each kind. It is formatted, builds without a
// network, and passes its first test.
func TestNewPlugins(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	t.Parallel()
	for _, kind := range core.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "plugin")
			created(t, "plugin", "new", string(kind), "new-one", "--dir", dir, "--montage", "..")
			if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gofmt: %v, %s", err, out)
			}
			build := exec.Command("go", "build", "-o", "new-one", ".")
			build.Dir, build.Env = dir, append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			conforms(t, []string{filepath.Join(dir, "new-one")})
		})
	}
}

// TestNewPluginsTests runs the generated test of a plugin, and plans its spec.
func TestNewPluginsTests(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "plugin")
	created(t, "plugin", "new", "head", "new-one", "--dir", dir, "--montage", "..")
	test := exec.Command("go", "test", ".")
	test.Dir, test.Env = dir, append(os.Environ(), "GOPROXY=off")
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestNewPythonPlugins(t *testing.T) {
	t.Parallel()
	python(t)
	for _, kind := range core.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "plugin")
			created(t, "plugin", "new", string(kind), "new-one", "--lang", "python", "--dir", dir, "--montage", "..")
			// The folder itself says where the SDK is.
			conforms(t, []string{filepath.Join(dir, "plugin.py")}, "PYTHONPATH=")
		})
	}
}

func created(t *testing.T, args ...string) {
	t.Helper()
	succeeds(t, nil, args...)
}

// succeeds runs the binary with more in its environment.
func succeeds(t *testing.T, env []string, args ...string) {
	t.Helper()
	c := exec.Command(binary, args...)
	c.Env = append(os.Environ(), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func TestNewRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	full := t.TempDir()
	write(t, filepath.Join(full, "mine"), "")
	for want, args := range map[string][]string{
		`kind "lose" does not exist`:        {"lose", "x", "--montage", ".."},
		`name "X" is not of lower case`:     {"loss", "X", "--montage", ".."},
		`language "ruby" is neither`:        {"loss", "x", "--lang", "ruby", "--montage", ".."},
		"is not empty":                      {"loss", "x", "--dir", full, "--montage", ".."},
		"hint: name it with --montage PATH": {"loss", "x", "--montage", full},
	} {
		out, err := exec.Command(binary, append([]string{"plugin", "new"}, args...)...).CombinedOutput()
		exit, ok := err.(*exec.ExitError)
		if !ok || exit.ExitCode() != 2 || !strings.Contains(string(out), want) {
			t.Errorf("plugin new %v: %v, %s", args, err, out)
		}
	}
	if _, err := os.Stat("x"); err == nil {
		t.Error("a refused call left a folder")
	}
}
