package host

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"montage/core/wire"
	"montage/core/wire/pb"
)

// call is one call of the protocol.
type call struct {
	what     string
	on       wire.Instance // zero for a call to the plugin as such
	rows     int
	bytes    int64
	deadline time.Duration
	id       uint64 // 0 for one that Cancel does not reach
	do       func(context.Context) error
}

// name is the call in messages.
func (c call) name() string {
	if c.on.Name == "" {
		return c.what
	}
	return c.what + " of " + c.on.String()
}

// invoke makes a call. It returns only when nothing writes to the memory for this call
// any more: it was answered, or the process is dead.
//
// The caller's context does not reach gRPC, which would return at once and leave
// the component writing.
func (p *Process) invoke(ctx context.Context, c call) (err error) {
	if err := ctx.Err(); err != nil {
		return p.cancelled(ctx, c)
	}
	ctx, ended := p.timed(ctx, c)
	defer func() { ended(err) }()
	inner, cancel := p.limited(context.WithoutCancel(ctx), c.deadline)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- c.do(inner) }()
	select {
	case err := <-answered:
		return p.judge(c, err)
	case <-p.child.done:
		cancel() // something else may hold its end of the connection
		return p.judge(c, <-answered)
	case <-ctx.Done():
		p.settle(c, answered)
		cancel()
		return p.cancelled(ctx, c)
	}
}

// limited gives a call its deadline, unless a person may have stopped the program in a
// debugger.
func (p *Process) limited(ctx context.Context, deadline time.Duration) (context.Context, context.CancelFunc) {
	if p.command.Attach != "" {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, deadline)
}

// settle asks the plugin to give up a call, and kills it if it does not soon.
func (p *Process) settle(c call, answered <-chan error) {
	grace, cancel := context.WithTimeout(context.Background(), wire.CancelGrace)
	defer cancel()
	if c.id != 0 {
		go func() { _, _ = p.api.Cancel(grace, &pb.CancelRequest{Id: c.id}) }()
	}
	select {
	case <-answered:
	case <-grace.Done():
		p.kill(c.name() + " was cancelled and did not return")
	}
}

func (p *Process) cancelled(ctx context.Context, c call) error {
	return fmt.Errorf("plugin %q: %s: %w", p.command.Name, c.name(), context.Cause(ctx))
}

// judge returns a *core.CrashError where the process was lost, and otherwise the error of
// the component.
func (p *Process) judge(c call, err error) error {
	switch status.Code(err) {
	case codes.OK:
		return nil
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return p.lost(c, err)
	}
	return wire.FromStatus(fmt.Sprintf("plugin %q: %s", p.command.Name, c.name()), err)
}
