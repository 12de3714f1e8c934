package shm

import (
	"os"

	"golang.org/x/sys/unix"
)

func backings() []backing { return []backing{folder(os.TempDir())} }

func reserve(f *os.File, size int64) error {
	return unix.FcntlFstore(f.Fd(), unix.F_PREALLOCATE, &unix.Fstore_t{
		Flags: unix.F_ALLOCATEALL, Posmode: unix.F_PEOFPOSMODE, Length: size,
	})
}
