package host

import (
	"os/exec"
	"testing"
)

// TestEndingIsReadFromTheStatus and not from words that look like one.
func TestEndingIsReadFromTheStatus(t *testing.T) {
	for script, killed := range map[string]bool{
		"kill -9 $$": true, "kill -15 $$": false, "exit 137": false, "exit 9": false, "exit 0": false,
	} {
		c := exec.Command("/bin/sh", "-c", script)
		_ = c.Run() // the state says how it ended
		e := ending{state: c.ProcessState}
		if e.killed() != killed || e.byOthers() != killed {
			t.Errorf("%s: %v counts as killed: %v, by others: %v", script, e, e.killed(), e.byOthers())
		}
		e.why = "a test said so"
		if ours := e.String() == "ended by the runner: a test said so"; ours != killed || e.byOthers() {
			t.Errorf("%s, after a kill of ours: %v, by others: %v", script, e, e.byOthers())
		}
	}
	if e := (ending{text: "signal: killed"}); e.killed() || e.byOthers() || e.String() != "signal: killed" {
		t.Errorf("a text counts as a signal: %v", e)
	}
}
