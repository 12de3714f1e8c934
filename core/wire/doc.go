// Package wire is the one door to go-plugin and gRPC. Everything that knows how
// components travel between processes is here; everything else sees the
// interfaces of package core.
//
// Files are named by direction: plugin_*.go run in a plugin's process, host_*.go in
// the runner. The protocol itself is described in pb/plugin.proto, so that plugins
// can be written in any language.
//
// A plugin may also be started by a person, in a debugger; attach.go tells how.
//
// What the host believes of a plugin: nothing. Its output is parsed without trust,
// its start is explained from what was seen rather than from a library's messages,
// every call has a deadline, and a process that was lost is dead and reaped
// before anybody hears of it, because a late writer would change memory that
// is already used for something else.
package wire

import "time"

// Version is the protocol that this build speaks as a plugin, and the newest that
// it speaks as a host. It changes when plugins that were built before could
// misunderstand the runner, or it them; plugins/README.md has the policy.
const Version = 1

// MinVersion is the oldest protocol that a host still speaks.
const MinVersion = 1

// Capabilities are what either side of this build can beyond what the version says:
// what was added since, and may be absent on the other side.
func Capabilities() []string { return []string{"profile", "prefix"} }

// MaxMessage is the most bytes of one message, either way. Tensors are not in
// messages; the greatest is the plan of a large backbone, below 1 MiB.
const MaxMessage = 16 << 20

// Deadlines. None is inherited from a library, whose defaults are for ever.
const (
	// StartDeadline is for a program to become ready and describe itself: an
	// interpreter that imports a large library takes ten seconds.
	StartDeadline = 20 * time.Second
	// PlanDeadline is for calls that carry no tensors.
	PlanDeadline = 30 * time.Second
	// CallDeadline is for calls that compute, unless a Command says otherwise.
	CallDeadline = 5 * time.Minute
	// CancelGrace is how long a cancelled call may still run before its
	// process is killed.
	CancelGrace = 500 * time.Millisecond
	// CloseGrace is how long a plugin may take to end by itself.
	CloseGrace = 500 * time.Millisecond
	// reapDeadline is for a killed process to be gone. Only one that waits for
	// broken hardware needs longer.
	reapDeadline = 5 * time.Second
	// never is given to a library that insists on a deadline.
	never = 100 * 365 * 24 * time.Hour
	// exitGrace is how long a process that closed its connection may take to
	// finish its last words, which tell more than our kill.
	exitGrace = 500 * time.Millisecond
)

// What a program must find in its environment to know that a runner started it.
// The cookie is no secret: it keeps people from starting plugins by hand.
const (
	cookieKey   = "MONTAGE_PLUGIN"
	cookieValue = "2f0c9d6e4b1a"
	serviceName = "montage"
)

// descriptors are the numbers of what the runner hands over: the pipe that ends with
// it, and both segments.
type descriptors struct{ live, state, work int }

// inherited are those of a program that the runner started.
var inherited = descriptors{3, 4, 5}
