package host

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"montage/core"
	"montage/core/wire"
	"montage/registry/clock"
)

// timed begins the measurement of a call, where there is a clock.
func (p *Process) timed(ctx context.Context, c call) (context.Context, func(error)) {
	to := p.command.Clock
	if to == nil {
		return ctx, func(error) {}
	}
	trailer := &metadata.MD{}
	made := clock.Called{
		Plugin: p.command.Name, Instance: c.on, Call: c.what, Computes: c.id != 0, Rows: c.rows, Bytes: c.bytes,
		Start: time.Now(), Site: core.CallSiteOf(ctx), Attempt: attempt(ctx),
	}
	return context.WithValue(ctx, trailerKey{}, trailer), func(err error) {
		made.PID, made.Err, made.Total = p.PID(), err, time.Since(made.Start) // a start has no process before
		claim(&made, *trailer)
		to.Add(made)
	}
}

// claim records the time that the plugin says it spent, as far as that can be true.
func claim(made *clock.Called, trailer metadata.MD) {
	if values := trailer.Get(wire.ComputeKey); len(values) == 1 {
		if ns, err := strconv.ParseInt(values[0], 10, 64); err == nil {
			made.Compute = min(max(time.Duration(ns), 0), made.Total)
		}
	}
	made.Stages = stages(trailer.Get(wire.StagesKey), made.Compute, made.Rows)
}

type (
	attemptKey struct{}
	trailerKey struct{}
)

// WithAttempt marks the calls of a context as the nth attempt, for the clock.
func WithAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

func attempt(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}

// takeTrailer catches the trailer of a call whose context asks for it.
func takeTrailer(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if trailer, ok := ctx.Value(trailerKey{}).(*metadata.MD); ok {
		options = append(options, grpc.Trailer(trailer))
	}
	return invoke(ctx, method, request, reply, conn, options...)
}
