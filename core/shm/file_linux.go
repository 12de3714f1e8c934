package shm

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// roomy is the smallest /dev/shm worth using: containers have one of 64 MiB by default,
// which is too small for any run, while memfd has no limit of its own.
const roomy = 1 << 30

// backings prefers /dev/shm, because its limit turns a run that is too large into an error.
// With memfd, the kernel would kill some process instead.
func backings() []backing {
	memory := backing{"memory (memfd)", memfd}
	const shm = "/dev/shm"
	var fs unix.Statfs_t
	if unix.Statfs(shm, &fs) == nil && int64(fs.Blocks)*fs.Bsize >= roomy {
		return []backing{folder(shm), memory, folder(os.TempDir())}
	}
	// A small /dev/shm is still better than none: where memfd is not allowed, it may do
	// for a small run.
	return []backing{memory, folder(shm), folder(os.TempDir())}
}

// memfd makes a file that never had a name. /proc gives it one, through which it can be
// opened a second time.
func memfd(access Access) (pair, error) {
	fd, err := unix.MemfdCreate("montage", unix.MFD_CLOEXEC)
	if err != nil {
		return pair{}, err
	}
	return lend(os.NewFile(uintptr(fd), "memfd"), fmt.Sprintf("/proc/self/fd/%d", fd), access)
}

// reserve repeats a call that a signal interrupted. Go sends signals to its own threads,
// to preempt goroutines.
func reserve(f *os.File, size int64) error {
	for {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != unix.EINTR {
			return err
		}
	}
}
