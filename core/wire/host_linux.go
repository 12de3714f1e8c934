package wire

import (
	"io/fs"
	"os"
	"syscall"
)

// separate gives a plugin a process group, so that Ctrl-C does not reach it and
// its children die with it, and the kernel's word that it dies with the runner.
// That is tied to the thread that starts it, which must not be locked.
func separate() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func ownedByUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
