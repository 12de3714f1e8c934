package shm

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// roomy is the least size of a /dev/shm that is worth using: containers come with
// one of 64 MiB, which no run fits in, while memfd has no limit of its own.
const roomy = 1 << 30

// places prefers /dev/shm, whose limit turns a run that is too large into an
// error, where memfd would have the machine kill somebody.
func places() []createFile {
	memory := createFile{"memory (memfd)", memfd}
	const shm = "/dev/shm"
	var fs unix.Statfs_t
	if unix.Statfs(shm, &fs) == nil && int64(fs.Blocks)*fs.Bsize >= roomy {
		return []createFile{folder(shm), memory, folder(os.TempDir())}
	}
	return []createFile{memory, folder(shm), folder(os.TempDir())}
}

func memfd(access Access) (pair, error) {
	fd, err := unix.MemfdCreate("montage", unix.MFD_CLOEXEC)
	if err != nil {
		return pair{}, err
	}
	return lend(os.NewFile(uintptr(fd), "memfd"), fmt.Sprintf("/proc/self/fd/%d", fd), access)
}

func reserve(f *os.File, size int64) error {
	for {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != unix.EINTR {
			return err
		}
	}
}
