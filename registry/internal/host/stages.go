package host

import (
	"strconv"
	"strings"
	"time"

	"montage/core/tensor"
	"montage/registry/clock"
)

// mostStages bounds what a plugin may make the runner add up.
const mostStages = 1 << 12

// stages reads the times that a module reports for its stages. It ignores times that are
// not numbers, or longer than the call.
func stages(claims []string, compute time.Duration, rows int) []clock.StageSpent {
	if len(claims) != 1 {
		return nil
	}
	times, left := strings.Fields(claims[0]), compute
	if len(times) > mostStages {
		return nil
	}
	out := make([]clock.StageSpent, len(times))
	for i, text := range times {
		ns, err := strconv.ParseInt(text, 10, 64)
		if err != nil || ns < 0 || time.Duration(ns) > left {
			return nil
		}
		left -= time.Duration(ns)
		if ns > 0 {
			out[i] = clock.StageSpent{Time: time.Duration(ns), Rows: rows}
		}
	}
	return out
}

// leading returns the rows of the first tensor that is there.
func leading(list ...tensor.Tensor) int {
	for _, t := range list {
		if len(t.Shape) > 0 {
			return t.Shape[0]
		}
	}
	return 0
}
