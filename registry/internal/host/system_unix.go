//go:build unix && !linux

package host

import (
	"io/fs"
	"net"
	"os"
	"syscall"
)

// separate gives a plugin a process group, so that Ctrl-C does not reach it and
// its children die with it.
func separate() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// peer returns 0: this system does not name the process at the other end.
func peer(*net.UnixConn) int { return 0 }

func ownedByUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
