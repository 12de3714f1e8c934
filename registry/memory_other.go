//go:build !linux

package registry

import (
	"os/exec"
	"strconv"
	"strings"
)

// residentBytes asks ps for a process's memory, 0 when it is gone.
func residentBytes(pid int) int64 {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
