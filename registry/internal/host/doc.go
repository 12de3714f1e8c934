// Package host is the host's side of the protocol: it starts plugins' programs and
// calls them. Package registry is the door to it, and with core/internal/service the
// only package that knows go-plugin.
//
// What the host believes of a plugin: nothing. Its output is parsed without trust,
// its start is explained from what was seen rather than from a library's messages,
// every call has a deadline, and a process that was lost is dead and reaped
// before the caller gets an error, because a late writer would change memory that
// is already used for something else.
package host

import "time"

const (
	// reapDeadline is for a killed process to be gone. Only one that waits for
	// broken hardware needs longer.
	reapDeadline = 5 * time.Second
	// never is given to a library that insists on a deadline.
	never = 100 * 365 * 24 * time.Hour
	// exitGrace is how long a process that closed its connection may take to
	// finish its last words, which say more than that it was killed.
	exitGrace = 500 * time.Millisecond
)
