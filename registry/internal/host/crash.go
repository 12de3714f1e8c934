package host

import (
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"montage/core"
)

// lost makes sure that the process is dead and says what became of it.
func (p *Process) lost(made call, err error) error {
	c := &core.CrashError{Plugin: p.command.Name, Call: made.name(), Attempts: 1,
		Hung: status.Code(err) == codes.DeadlineExceeded}
	why := "it closed its connection"
	if c.Hung {
		why = fmt.Sprintf("no answer to %s within %v", made.name(), made.deadline)
	} else {
		p.child.waitFor(exitGrace) // a dying process has more to say than a killed one
	}
	if !p.kill(why) {
		return fmt.Errorf("plugin %q: %s: process %d cannot be killed", p.command.Name, made.name(), p.PID())
	}
	end := p.child.end()
	c.Status, c.Tail = end.String(), p.child.journal.last()
	switch {
	case c.Hung && made.id != 0:
		c.Status, c.Hint = fmt.Sprintf("no answer within %v", made.deadline), "--call-timeout allows a call more time"
	case c.Hung:
		c.Status = fmt.Sprintf("no answer within %v", made.deadline)
	case end.byOthers():
		c.Hint = "the machine may have run out of memory: the kernel's log says so"
	}
	return c
}
