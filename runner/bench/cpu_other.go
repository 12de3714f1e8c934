//go:build !linux

package bench

import "time"

// cpuTime is not known on this system, which 0 says.
func cpuTime(int, ...int) time.Duration { return 0 }
