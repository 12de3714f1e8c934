package command

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine describes what a measurement was made on.
func machine() string {
	cpu := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(raw), "\n") {
			if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(model)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores in use, %s %s", cpu, runtime.GOMAXPROCS(0), runtime.GOOS, runtime.Version())
}

// memory returns what the runner and its plugins take now, in bytes. Memory that several
// processes share is divided between them, so that the sum is what the machine gives.
func (s *session) memory() map[string]int64 {
	sizes := map[string]int64{"runner": proportional(os.Getpid())}
	for _, p := range s.Processes() {
		sizes[p.Name] += proportional(p.PID)
	}
	return sizes
}

// proportional reads the proportional set size, 0 where the system has none.
func proportional(pid int) int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == "Pss:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel writes a number
			return kib << 10
		}
	}
	return 0
}
