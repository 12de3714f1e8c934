package core

import (
	"errors"
	"fmt"
	"strings"
)

// ErrPanic: the component panicked during the call, and its process lives on.
var ErrPanic = errors.New("the component panicked")

// CrashError says that a plugin's process died or hung during a call. The process
// is dead and reaped: nobody writes to the shared memory on its behalf any more.
type CrashError struct {
	Plugin string
	// Call is what was called on what.
	Call string
	// Attempts is how often the call was made, each time on a new process.
	Attempts int
	// Status is how the process ended or was found to hang, Tail the last lines
	// that it printed.
	Status string
	Tail   []string
	// Hung: the call was not answered within its deadline.
	Hung bool
	// Hint says what the user can do, empty where nobody knows.
	Hint string
}

func (e *CrashError) Error() string {
	text := fmt.Sprintf("plugin %q was lost during %s", e.Plugin, e.Call)
	if e.Attempts > 1 {
		text += fmt.Sprintf(", %d times in a row", e.Attempts)
	}
	text += ": " + e.Status
	if len(e.Tail) > 0 {
		text += "\n  its last output:\n    " + strings.Join(e.Tail, "\n    ")
	}
	return text
}

// Hints returns the hint, or "" where there is none.
func (e *CrashError) Hints() []string { return []string{e.Hint} }
