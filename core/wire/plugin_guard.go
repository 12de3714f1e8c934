package wire

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// guard stands around every call: a panic of a component becomes an error of the
// call, with the stack on stderr, and errors get the codes of the protocol.
func (s *service) guard(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (reply any, err error) {
	s.quiet.Do(func() { s.oneOutput() })
	// A write to the STATE segment is then a panic as well, not the end.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.log.Error().Str("call", info.FullMethod).Str("stack", string(debug.Stack())).Msg(fmt.Sprint("panic: ", p))
			reply, err = nil, status.Error(codes.Internal, fmt.Sprint("panic: ", p))
		}
	}()
	start := time.Now()
	reply, err = handle(ctx, request)
	_ = grpc.SetTrailer(ctx, metadata.Pairs(computeKey, strconv.FormatInt(int64(time.Since(start)), 10))) // a measurement, not an answer
	return reply, toStatus(ctx, err)
}

// oneOutput sends stdout where stderr goes. The runner read the handshake line and
// go-plugin then replaced both by pipes of its own, which lose lines and order; and
// whatever prints to descriptor 1 itself would block when that pipe is full.
//
// It happens at the first call, when both are done with.
func (s *service) oneOutput() {
	_ = redirect(2, 1)
	os.Stdout, os.Stderr = s.stderr, s.stderr
}
