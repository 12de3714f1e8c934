package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// heard is what a program said so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

// count waits until a text was said so often.
func (h *heard) count(t *testing.T, text string, times int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		h.mu.Lock()
		n := strings.Count(h.text.String(), text)
		h.mu.Unlock()
		if n >= times {
			return
		}
	}
	t.Fatalf("%q was not said %d times:\n%s", text, times, &h.text)
}

// TestPluginDev changes a plugin outside of this module while a run trains with it.
func TestPluginDev(t *testing.T) {
	t.Parallel()
	spec := workplace(t, small)
	dir := filepath.Join(t.TempDir(), "mine")
	created(t, "plugin", "new", "loss", "my-loss", "--dir", dir, "--montage", "..")
	c := exec.Command(binary, "plugin", "dev", dir, "--", "exec", spec, "-s", "branch.supervised.loss.plugin=my-loss",
		"-s", "phase.joint.epochs=100000")
	c.Dir, c.Env = t.TempDir(), append(os.Environ(), "GOPROXY=off", "XDG_CONFIG_HOME="+t.TempDir())
	said := &heard{}
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Signal(os.Interrupt) })
	said.count(t, "DEVELOPMENT: locks are off", 1)
	said.count(t, `"message":"epoch done"`, 1)

	source := filepath.Join(dir, "main.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	write(t, source, string(text)+"\noops\n")
	said.count(t, "does not build", 1)
	said.count(t, "main.go:", 1)
	said.mu.Lock()
	if strings.Contains(said.text.String(), "interrupted") {
		t.Error("a plugin that does not compile ended the run")
	}
	said.mu.Unlock()
	write(t, source, string(text)+"\n// changed\n")
	said.count(t, "interrupted: saved", 1)
	said.count(t, `"message":"training"`, 2)

	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the status says how it ended
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Errorf("ended with %d\n%s", code, &said.text)
	}
	said.count(t, "interrupted: saved", 2) // the run ended with it
}
