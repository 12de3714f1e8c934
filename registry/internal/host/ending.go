package host

import (
	"os"
	"syscall"
)

// ending is how a process ended.
type ending struct {
	state *os.ProcessState // nil where it is not our child, or runs
	text  string           // instead of a state
	why   string           // we killed it while it ran
}

// killed reports whether SIGKILL ended the process, whoever sent it.
func (e ending) killed() bool {
	if e.state == nil {
		return false
	}
	status, ok := e.state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// byOthers reports whether somebody else killed the process: the kernel, say, for
// want of memory.
func (e ending) byOthers() bool { return e.killed() && e.why == "" }

func (e ending) String() string {
	switch {
	case e.killed() && e.why != "":
		return "ended by the runner: " + e.why
	case e.state != nil:
		return e.state.String()
	}
	return e.text
}
