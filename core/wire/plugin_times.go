package wire

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"montage/core"
)

// timed passes on the outcome of a layer's call, and tells what it took by stages
// where the layer was asked to measure.
func timed(ctx context.Context, l core.Module, err error) error {
	if t, ok := l.(core.Timed); ok && err == nil {
		if times := t.Times(); len(times) > 0 {
			_ = grpc.SetTrailer(ctx, metadata.Pairs(stagesKey, printTimes(times))) // a measurement, not an answer
		}
	}
	return err
}

func printTimes(times []time.Duration) string {
	parts := make([]string, len(times))
	for i, t := range times {
		parts[i] = strconv.FormatInt(int64(t), 10)
	}
	return strings.Join(parts, " ")
}
