//go:build unix && !linux && !darwin

package shm

import (
	"os"
)

func backings() []backing { return []backing{folder(os.TempDir())} }

// reserve writes zeros, the portable way to make sure that the space exists. A file that
// is only truncated is sparse, and a full disk would show at the first access to a page.
func reserve(f *os.File, size int64) error {
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	return nil
}
