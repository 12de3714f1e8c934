package core

import "context"

// CallSite is where in a training a call is made. The training puts it into the
// context of its calls; the measurement of calls reads it, and so the trace.
type CallSite struct {
	Phase, Branch string
	Step          int
}

// callSiteKey is a type of its own, so that no other key of a context can equal it.
type callSiteKey struct{}

// WithCallSite says where the calls of a context are made.
func WithCallSite(ctx context.Context, at CallSite) context.Context {
	return context.WithValue(ctx, callSiteKey{}, at)
}

// CallSiteOf returns where the calls of a context are made, zero outside of training.
func CallSiteOf(ctx context.Context) CallSite {
	at, _ := ctx.Value(callSiteKey{}).(CallSite)
	return at
}
