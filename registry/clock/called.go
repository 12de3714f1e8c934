package clock

import (
	"time"

	"montage/core"
	"montage/core/wire"
)

// Called is one call of a plugin's process that ended.
type Called struct {
	Plugin string
	PID    int
	// Instance is what was called; zero for calls to the plugin as such.
	Instance wire.Instance
	// Call is the method: start, open, create, plan, forward, backward, evaluate,
	// augment, transform or targets.
	Call string
	// Computes marks the calls that carry tensors.
	Computes bool
	// Rows are the frames or rows of a module's call, Bytes what all its tensors take.
	Rows  int
	Bytes int64
	Start time.Time
	// Total is the time until the answer, Compute the plugin's own part of it.
	Total, Compute time.Duration
	// Stages are parts of Compute, by the stages of the module's plan; nil where the
	// plugin does not say.
	Stages []StageSpent
	// Attempt counts from 1, each on a new process.
	Attempt int
	// Site is where in a training the call was made.
	Site core.CallSite
	Err  error
}
