package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestWindowsIsRefused builds the packages that need what Windows has not: the sentence comes before all else.
func TestWindowsIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("builds for another system")
	}
	for _, path := range []string{"../core/tensor", "../runner/output", "../runner/diskcache", "../runner/fileindex"} {
		build := exec.Command("go", "build", path)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
		out, err := build.CombinedOutput()
		lines := strings.Split(string(out), "\n")
		if err == nil || len(lines) < 2 ||
			!strings.HasSuffix(lines[1], "montage_builds_and_runs_on_Linux_and_macOS__on_Windows_use_WSL") {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}
