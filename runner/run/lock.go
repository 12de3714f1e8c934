package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"montage/core/hint"
)

// lockFile exists so that there is something to lock before the first checkpoint.
const lockFile = ".lock"

// Lock keeps other processes from training the run until the returned function is
// called or this process ends, however it does.
func (r *Run) Lock() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(r.Dir, lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the run: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		_ = file.Close()
		return nil, hint.With(fmt.Errorf("another process is training the run in %s", r.Dir), "wait for it, or end it")
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) { // some network folders have no locks
		_ = file.Close()
		return nil, fmt.Errorf("lock the run in %s: %w", r.Dir, err)
	}
	return func() { _ = file.Close() }, nil
}
