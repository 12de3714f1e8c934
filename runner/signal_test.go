//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// signalled trains in a process group of its own, and sends signals to the group once the training has begun: a
// terminal that is closed sends SIGHUP to all its processes. The shell's commands run before the runner.
func signalled(t *testing.T, spec, out, before string, signals ...syscall.Signal) (*bytes.Buffer, error) {
	t.Helper()
	c := exec.Command("sh", "-c", before+` exec "$@"`, "sh", binary, "exec", "--out", out, spec)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
	for _, s := range signals {
		if err := syscall.Kill(-c.Process.Pid, s); err != nil {
			t.Fatal(err)
		}
	}
	err := c.Wait()
	return &stderr, err
}

// TestEndingSignals has every signal that ends a training early save a checkpoint. SIGHUP and SIGINT do nothing where
// the caller ignores them, as nohup and shells do.
func TestEndingSignals(t *testing.T) {
	path := workplace(t, small)
	dir, all := filepath.Dir(path), []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM}
	last := func(out string) string { return filepath.Join(out, "checkpoint", "last") }
	for _, s := range all { // where the tests run under nohup, their children must not
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, s)
		defer signal.Stop(caught)
	}
	for _, s := range all {
		t.Run(s.String(), func(t *testing.T) {
			out := filepath.Join(dir, s.String())
			stderr, err := signalled(t, path, out, "", s)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 130 {
				t.Errorf("ended with %v\n%s", err, stderr)
			}
			if _, err := os.Stat(last(out)); err != nil ||
				!strings.Contains(stderr.String(), "continue with: runner exec") {
				t.Errorf("no checkpoint: %v\n%s", err, stderr)
			}
		})
	}
	t.Run("ignored", func(t *testing.T) {
		out := filepath.Join(dir, "ignored")
		if stderr, err := signalled(t, path, out, "trap '' HUP INT;", all[:2]...); err != nil {
			t.Errorf("ended with %v\n%s", err, stderr)
		}
		if _, err := os.Stat(filepath.Join(out, "report.txt")); err != nil {
			t.Error(err)
		}
	})
}
