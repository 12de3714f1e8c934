package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"montage/core"
	"montage/core/wire/pb"
)

// ErrPanic: the component panicked during the call, and its process lives on.
var ErrPanic = errors.New("the component panicked")

// fault is an error that a plugin reported, with its identities restored.
type fault struct {
	text string
	is   []error
}

func (f *fault) Error() string   { return f.text }
func (f *fault) Unwrap() []error { return f.is }

// fromStatus restores an error of the plugin. where says what was called on what.
func fromStatus(where string, err error) error {
	s := status.Convert(err)
	f := &fault{text: where + ": " + s.Message()}
	if s.Code() == codes.ResourceExhausted {
		f.text += fmt.Sprintf("\nhint: a message may have %d bytes; tensors belong in shared memory", MaxMessage)
	}
	if s.Code() == codes.Internal {
		f.is = append(f.is, ErrPanic)
	}
	for _, detail := range s.Details() {
		if d, ok := detail.(*pb.Fault); ok {
			f.is = append(f.is, restored(d)...)
		}
	}
	if len(f.is) > 0 {
		return f
	}
	for _, i := range identities {
		if i.code == s.Code() {
			f.is = append(f.is, i.err)
		}
	}
	return f
}

func restored(d *pb.Fault) []error {
	var out []error
	for _, got := range d.GetIdentities() {
		for _, i := range identities {
			if i.identity == got {
				out = append(out, i.err)
			}
		}
	}
	for _, document := range d.GetOptions() {
		o := &core.OptionError{}
		if json.Unmarshal(document, o) == nil {
			out = append(out, o)
		}
	}
	return out
}

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

	computes bool // its deadline is the user's
}

func (e *CrashError) Error() string {
	times := ""
	if e.Attempts > 1 {
		times = fmt.Sprintf(", %d times in a row", e.Attempts)
	}
	hint := ""
	switch {
	case e.Status == killedStatus:
		hint = "the machine may have run out of memory: the kernel's log says so"
	case e.Hung && e.computes:
		hint = "--call-timeout allows a call more time"
	}
	return fmt.Sprintf("plugin %q was lost during %s%s: %s", e.Plugin, e.Call, times, e.Status) + showTail(e.Tail) +
		showHint(hint)
}
