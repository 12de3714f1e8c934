package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clockTick is USER_HZ, which Linux fixes for all programs on the architectures that
// Montage builds for.
const clockTick = 10 * time.Millisecond

// cpuTime returns the processor time, in user and kernel mode, of a process and of
// all its descendants, those that ended and were waited for included; processes in
// except, and their descendants, are left out.
//
// Source: proc_pid_stat(5), fields 4 (ppid) and 14 to 17 (utime, stime, cutime, cstime).
func cpuTime(root int, except ...int) time.Duration {
	ticks, children := readStats()
	var sum func(pid int) int64
	sum = func(pid int) int64 {
		total := ticks[pid]
		for _, child := range children[pid] {
			if !slices.Contains(except, child) {
				total += sum(child)
			}
		}
		return total
	}
	return time.Duration(sum(root)) * clockTick
}

// readStats reads the processor time of every process, in ticks, and its children.
func readStats() (ticks map[int]int64, children map[int][]int) {
	ticks, children = map[int]int64{}, map[int][]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is a valid one
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		var pid, parent int
		if _, err := fmt.Sscan(string(text), &pid); err != nil {
			continue
		}
		// The name, in parentheses, may hold anything; the fields follow its last one.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 15 {
			continue
		}
		parent, _ = strconv.Atoi(fields[1]) // the kernel writes numbers
		for _, field := range fields[11:15] {
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks[pid] += n
		}
		children[parent] = append(children[parent], pid)
	}
	return ticks, children
}
