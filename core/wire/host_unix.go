//go:build unix && !linux

package wire

import (
	"io/fs"
	"os"
	"syscall"
)

// separate gives a plugin a process group, so that Ctrl-C does not reach it and
// its children die with it.
func separate() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func ownedByUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
