package main

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// wantVersion checks what a program says of its build.
func wantVersion(t *testing.T, program, want string) {
	t.Helper()
	want = "runner " + want + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for _, arg := range []string{"version", "--version"} {
		if out, err := exec.Command(program, arg).Output(); err != nil || string(out) != want {
			t.Errorf("%s: %q, want %q, error %v", arg, out, want, err)
		}
	}
}

// TestVersion is of a build from source, with what the Go command recorded of the commit, if anything.
func TestVersion(t *testing.T) {
	if testing.Short() {
		t.Skip("the runner is not built")
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	commit := "unknown"
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			commit += " (modified)"
		}
	}
	wantVersion(t, binary, "development, commit "+commit)
}

// TestVersionOfRelease builds with the flags of .goreleaser.yaml.
func TestVersionOfRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program")
	}
	release := read(t, "../.goreleaser.yaml")
	const flags = "-X main.version={{.Version}} -X main.commit={{.Commit}}"
	if !strings.Contains(release, flags) {
		t.Fatalf(".goreleaser.yaml does not set %s", flags)
	}
	program := filepath.Join(t.TempDir(), "runner")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags",
		strings.NewReplacer("{{.Version}}", "1.2.3", "{{.Commit}}", "abc").Replace(flags), "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantVersion(t, program, "1.2.3, commit abc")
}
