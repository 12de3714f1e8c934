package service

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"montage/core"
	"montage/core/wire"
)

// timed passes on the outcome of a module's call, with what each stage took where the
// module was asked to measure.
func timed(ctx context.Context, m core.Module, err error) error {
	// A call that failed stopped somewhere: its times would mislead.
	if t, ok := m.(core.Timed); ok && err == nil {
		if times := t.Times(); len(times) > 0 {
			// The call does not fail for want of a measurement.
			_ = grpc.SetTrailer(ctx, metadata.Pairs(wire.StagesKey, printTimes(times)))
		}
	}
	return err
}

// printTimes writes nanoseconds as wire.StagesKey describes.
func printTimes(times []time.Duration) string {
	parts := make([]string, len(times))
	for i, t := range times {
		parts[i] = strconv.FormatInt(int64(t), 10)
	}
	return strings.Join(parts, " ")
}
