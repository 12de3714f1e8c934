package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/wire"
)

// byHand starts the test plugin as a person would, to be attached to.
func byHand(t *testing.T, file string) (*exec.Cmd, *safeBuffer) {
	t.Helper()
	c, said := exec.Command(os.Args[0], "ill", "good", wire.AttachFlag, file), &safeBuffer{}
	c.Stderr = said
	must(t, c.Start())
	t.Cleanup(func() { _, _ = c.Process.Kill(), c.Wait() })
	return c, said
}

func attached(file string) Command {
	return Command{Name: "test", Attach: file, Deadline: time.Millisecond}
}

// TestAttach takes a plugin that was started by hand through a run: it is waited for,
// asked, called without a deadline, and ends by itself.
func TestAttach(t *testing.T) {
	file := filepath.Join(shortFolder(t), "s")
	var c *exec.Cmd
	var said *safeBuffer
	started := make(chan bool)
	time.AfterFunc(150*time.Millisecond, func() { c, said = byHand(t, file); close(started) })
	log := &safeBuffer{}
	h, err := Describe(t.Context(), attached(file), zerolog.New(log))
	<-started
	if err != nil || h.Name != "test" || len(h.Components) != 4 || !strings.Contains(log.String(), "waiting for the "+
		"plugin") {
		t.Fatalf("%+v, %v, %s", h, err, log)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may reach the plugin: %v, %v", info.Mode(), err)
	}

	r := start(t, attached(file))
	f := r.forward(t)
	must(t, r.Forward(t.Context(), r.head(t, ""), f))
	if got := f.Output.Float32s(); got[0] != 2 || got[5] != 12 {
		t.Errorf("forward wrote %v", got)
	}
	i := r.head(t, "obey") // until it is cancelled
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := r.Forward(ctx, i, f); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that takes longer than its deadline gave %v", err)
	}
	must(t, r.Forward(t.Context(), r.head(t, ""), f)) // still there
	if _, err := os.Stat(file); err == nil {
		t.Error("the socket is left")
	}
	r.Close()
	if err := c.Wait(); err != nil {
		t.Errorf("the plugin was not left to end by itself: %v", err)
	}
	for _, want := range []string{"waits for a runner", "--attach test=" + file} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
}

// TestAttachedPluginIsNeverKilled lets go of one that does not answer.
func TestAttachedPluginIsNeverKilled(t *testing.T) {
	file := filepath.Join(shortFolder(t), "s")
	c, _ := byHand(t, file)
	r := start(t, attached(file))
	must(t, c.Process.Signal(syscall.SIGSTOP)) // as a debugger would
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatal(status, err) // not stopped yet, it would end with the run by itself
	}
	begin := time.Now()
	r.Kill()
	if took := time.Since(begin); took > time.Second || !alive(c.Process.Pid) {
		t.Errorf("after %v it is there: %v", took, alive(c.Process.Pid))
	}
	must(t, c.Process.Signal(syscall.SIGCONT))
	must(t, c.Wait())
}

func TestAttachedCrashIsReported(t *testing.T) {
	file := filepath.Join(shortFolder(t), "s")
	byHand(t, file)
	r := start(t, attached(file))
	err := r.Forward(t.Context(), r.head(t, "exit"), r.forward(t))
	var crash *core.CrashError
	if !errors.As(err, &crash) || !strings.Contains(err.Error(), "it closed its connection") {
		t.Errorf("got %v", err)
	}
}

func TestAttachRefuses(t *testing.T) {
	dir := shortFolder(t)
	text := filepath.Join(dir, "text")
	must(t, os.WriteFile(text, nil, 0o600))
	for file, want := range map[string]string{text: "is not a socket",
		filepath.Join(dir, strings.Repeat("x", 120)): "longer than 103 bytes"} {
		if _, err := Describe(t.Context(), attached(file), zerolog.Nop()); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("host: %v", err)
		}
		out, err := exec.Command(os.Args[0], "ill", "good", wire.AttachFlag, file).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), "hint: ") {
			t.Errorf("plugin: %v, %s", err, out)
		}
	}
	if _, err := os.Stat(text); err != nil {
		t.Error("a file was removed that is not a socket")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, attached(filepath.Join(dir, "nobody")), zerolog.Nop())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting cannot be cancelled: %v", err)
	}
}
