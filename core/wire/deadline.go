package wire

import "time"

// Deadlines. None is inherited from a library, whose defaults are for ever.
const (
	// StartDeadline is for a program to become ready and describe itself: an
	// interpreter that imports a large library takes ten seconds.
	StartDeadline = 20 * time.Second
	// PlanDeadline is for calls that carry no tensors.
	PlanDeadline = 30 * time.Second
	// CallDeadline is for calls that compute, unless the user says otherwise.
	CallDeadline = 5 * time.Minute
	// CancelGrace is how long a cancelled call may still run before its
	// process is killed.
	CancelGrace = 500 * time.Millisecond
	// CloseGrace is how long a plugin may take to end by itself.
	CloseGrace = 500 * time.Millisecond
)
