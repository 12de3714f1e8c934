package service

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"montage/core/hint"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// guard wraps every call. A panic of a component becomes an error of the call that names
// file and line; the whole stack is logged at level debug. Errors get the codes of the
// protocol.
func (s *service) guard(ctx context.Context, request any, info *grpc.UnaryServerInfo,
	handle grpc.UnaryHandler) (reply any, err error) {
	s.quiet.Do(func() { s.oneOutput() })
	// A write to the STATE segment then panics too, instead of ending the process. The
	// setting belongs to this goroutine, so every call makes it. Goroutines that a
	// component starts by itself have neither it nor the recover below.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.log.Debug().Str("call", info.FullMethod).Str("stack", string(debug.Stack())).Msg(fmt.Sprint("panic: ", p))
			reply, err = nil, wire.PanicStatus(hint.With(fmt.Errorf("panic: %v\n  at %s", p, panicked()),
				"RUNNER_PLUGIN_LOG=debug logs the whole stack"))
		}
	}()
	// Here, so that every call that arrives begins and ends, even one that is refused.
	// Requests without a number, such as Plan, cannot be cancelled by Cancel.
	if r, ok := request.(interface{ GetCall() *pb.Call }); ok {
		var end func()
		ctx, end = s.calls.begin(ctx, r.GetCall().GetId())
		defer end()
	}
	// Measured here, without the way over the wire, so that the runner can say what the
	// transport costs.
	start := time.Now()
	reply, err = handle(ctx, request)
	// The call does not fail for want of a measurement.
	_ = grpc.SetTrailer(ctx, metadata.Pairs(wire.ComputeKey, strconv.FormatInt(int64(time.Since(start)), 10)))
	return reply, wire.ToStatus(ctx, err)
}

// panicked names file and line of the panic that a deferred function recovers from: those
// of the first frame below the panic that is not the Go runtime's own.
func panicked() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for below := false; ; {
		f, more := frames.Next()
		switch {
		// Above it lie the deferred functions, this one among them. Below it may lie more
		// of the runtime, such as what found an index out of range.
		case f.Function == "runtime.gopanic":
			below = true
		case below && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s (%s:%d)", f.Function, f.File, f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// oneOutput sends stdout where stderr goes. After the start-up line go-plugin replaces
// both by pipes of its own, which lose lines and their order, and a write to descriptor 1
// itself would block once that pipe is full.
//
// It happens at the first call: by then the start-up line was read.
func (s *service) oneOutput() {
	// Output in the wrong place is no reason to fail a call.
	_ = redirect(2, 1)
	os.Stdout, os.Stderr = s.stderr, s.stderr
}
