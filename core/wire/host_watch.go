package wire

import (
	"context"
	"time"

	"montage/core"
)

// Called is one call of a process, as Clock.Watch hears of it.
type Called struct {
	Plugin string
	PID    int
	// Instance is what was called; zero for calls to the plugin as such.
	Instance Instance
	// Call is the method: start, open, create, plan, forward, backward, evaluate,
	// augment, transform or targets.
	Call string
	// Computes tells the calls that carry tensors.
	Computes bool
	// Rows are the frames or rows of a layer's call, Bytes what all its tensors take.
	Rows  int
	Bytes int64
	Start time.Time
	// Total is the time until the answer, Compute the plugin's own part of it.
	Total, Compute time.Duration
	// Attempt counts from 1, each on a new process.
	Attempt int
	Site    core.CallSite // where in a training the call was made
	Err     error
}

type attemptKey struct{}

// Attempt tells those who watch the calls of a context how often they were made.
func Attempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

func attempt(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}
