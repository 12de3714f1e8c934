package registry

import (
	"fmt"
	"os"
)

// residentBytes reads a process's memory, 0 when it is gone.
func residentBytes(pid int) int64 {
	var total, resident int64
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &total, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
