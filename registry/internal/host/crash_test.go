package host

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"montage/core"
	"montage/core/hint"
)

func TestCrashNamesCallStatusAndLastWords(t *testing.T) {
	for mode, want := range map[string][]string{
		"exit":        {"exit status 4", "going down"},
		"loose-panic": {"exit status 2", "panic: nobody catches this"},
	} {
		r := start(t, ill("good"))
		err := r.Forward(t.Context(), r.head(t, mode), r.forward(t))
		var crash *core.CrashError
		if !errors.As(err, &crash) {
			t.Fatalf("%s: %v", mode, err)
		}
		for _, w := range append(want, `"good"`, "forward of head/scale") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not in %v", mode, w, err)
			}
		}
		if gone := syscall.Kill(r.PID(), 0); gone == nil {
			t.Errorf("%s: the process is still there", mode)
		}
	}
}

func TestHangEndsAtTheDeadlineAndStopsWriting(t *testing.T) {
	c := ill("good")
	c.Deadline = 200 * time.Millisecond
	r := start(t, c)
	f := r.forward(t)
	err := r.Forward(t.Context(), r.head(t, "hang"), f)
	var crash *core.CrashError
	if !errors.As(err, &crash) || crash.Status != "no answer within 200ms" {
		t.Fatalf("got %v", err)
	}
	if !crash.Hung || strings.Contains(hint.Text(err), "memory") ||
		!strings.Contains(hint.Text(err), "hint: --call-timeout") {
		t.Errorf("a hang is reported as %v", err)
	}
	before := f.Output.Float32s()[0]
	time.Sleep(20 * time.Millisecond)
	if f.Output.Float32s()[0] != before {
		t.Error("memory changed after the call had ended")
	}
}

// TestOnlyForeignKillsHintAtMemory: a kill of ours says nothing of the memory.
func TestOnlyForeignKillsHintAtMemory(t *testing.T) {
	for who, kill := range map[string]func(*rig){
		"runner": func(r *rig) { r.kill("a test said so") },
		"memory": func(r *rig) { must(t, syscall.Kill(r.PID(), syscall.SIGKILL)) },
	} {
		r := start(t, ill("good"))
		i, f := r.head(t, "hang"), r.forward(t)
		time.AfterFunc(50*time.Millisecond, func() { kill(r) })
		err := r.Forward(t.Context(), i, f)
		var crash *core.CrashError
		if !errors.As(err, &crash) || crash.Hung || !strings.Contains(hint.Text(err), who) ||
			strings.Contains(hint.Text(err), "memory") != (who == "memory") {
			t.Errorf("killed by %s: %v", who, err)
		}
	}
}
