package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// examine reads the start-up line core|protocol|network|address|rpc[|certificate…]
// before go-plugin does: its errors do not help a user, and it panics at a certificate.
func examine(text, folder string) line {
	text = strings.TrimRight(text, "\r\n")
	fields := strings.Split(strings.TrimSpace(text), "|")
	bad := func(problem, hint string) line { return line{text, problem, hint} }
	if len(fields) < 4 || fields[0] != "1" {
		return bad(fmt.Sprintf("printed %s on stdout before its start-up line", strconv.Quote(short(text))),
			"print to stderr: the first line of stdout is for the runner")
	}
	if problem, hint := spoken.judge(fields[1]); problem != "" {
		return bad(problem, hint)
	}
	switch {
	case len(fields) < 5 || fields[4] != "grpc":
		return bad("does not serve gRPC", "serve it as core/wire/pb/plugin.proto says")
	case fields[2] != "unix" || !sameFolder(filepath.Dir(fields[3]), folder):
		return bad(fmt.Sprintf("listens on %s %s, not in the folder that PLUGIN_UNIX_SOCKET_DIR names",
			short(fields[2]), short(fields[3])), "")
	case len(fields) > 5 && len(fields[5]) > 0:
		return bad("asks for TLS, which the runner does not use", "")
	}
	return line{text: text}
}

// sameFolder sees through links: a plugin may have resolved them.
func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// StartError says why a plugin's program did not become ready.
type StartError struct {
	Plugin  string
	Command string
	// Problem completes "plugin x …", Hint says how to fix it.
	Problem string
	Hint    string
	// Status is how the process ended, Tail the last lines that it printed.
	Status string
	Tail   []string
	// Err is the cause.
	Err error
}

func (e *StartError) Error() string {
	text := fmt.Sprintf("plugin %q %s\n  command: %s", e.Plugin, e.Problem, e.Command)
	if e.Status != "" {
		text += "\n  ended: " + e.Status
	}
	return text + showTail(e.Tail)
}

// Hints returns the hint, or "" where there is none.
func (e *StartError) Hints() []string { return []string{e.Hint} }

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

func showTail(tail []string) string {
	if len(tail) == 0 {
		return ""
	}
	return "\n  its last output:\n    " + strings.Join(tail, "\n    ")
}

// explain turns what was seen of the process into an error for a failed start.
func (c *child) explain(err error, caller context.Context) *StartError {
	e := &StartError{Plugin: c.command.Name, Command: c.command.String(), Err: err, Tail: c.journal.last()}
	c.mu.Lock()
	first, started := c.first, c.cmd != nil || c.conn != nil
	if !c.killed {
		e.Status = c.ending.String()
	}
	c.mu.Unlock()
	var misfit *misfitError
	switch {
	case caller.Err() != nil:
		e.Problem, e.Err = "was not started: "+context.Cause(caller).Error(), caller.Err()
	case errors.As(err, &misfit):
		e.Problem, e.Hint = misfit.problem, misfit.hint
	case !started:
		e.Problem, e.Hint = whyNotRun(c.command.Path, err)
	case first != nil && first.problem != "":
		e.Problem, e.Hint = first.problem, first.hint
	case errors.Is(err, context.DeadlineExceeded):
		e.Problem = fmt.Sprintf("was not ready within %v", c.command.Ready.Round(time.Second))
	case e.Status != "":
		e.Problem = "ended before it was ready"
	case first == nil:
		e.Problem = "closed its stdout before its start-up line"
	default:
		e.Problem = fmt.Sprintf("started, but could not be asked what it serves: %v", err)
	}
	return e
}

func whyNotRun(path string, err error) (problem, hint string) {
	_, missing := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && missing == nil:
		return "cannot run: the file exists, but the interpreter that it names does not",
			"look at the first line of " + path
	case errors.Is(err, fs.ErrNotExist):
		return "was not found", ""
	case errors.Is(err, fs.ErrPermission):
		return "is not executable", "chmod +x " + path
	case errors.Is(err, syscall.ENOEXEC):
		return "is not a program for this machine",
			"a script needs an interpreter in its first line, such as #!/usr/bin/env python3"
	}
	return fmt.Sprintf("cannot run: %v", err), ""
}
