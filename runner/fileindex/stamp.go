package fileindex

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"montage/core/rng"
)

// stamp stands for the state of a file or folder: it is another one after any change. 0 is the state that says too
// little, and so is never believed.
type stamp uint64

// unsettled is how long after a change a file can change again without its times telling, with a margin for the
// clock of a file server: FAT counts in two seconds, others in one, Linux in milliseconds.
const unsettled = 5 * time.Second

// stampOf looks at a file or folder, links followed. The times are those of the last change of content and of
// anything else: no program can set the second, while archives set the first.
func stampOf(path string, now time.Time) stamp {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	for err == unix.EINTR {
		err = unix.Stat(path, &s)
	}
	if err != nil || !readable(path, s.Uid, uint32(s.Mode)) {
		return 0
	}
	changed := s.Ctim.Nano()
	kind := uint64(s.Mode) & unix.S_IFMT
	if changed > now.Add(-unsettled).UnixNano() || kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return 0
	}
	return stamp(rng.New(kind).At(s.Ino, uint64(s.Size), uint64(s.Mtim.Nano()), uint64(changed)))
}

// readable reports whether the user may read a file: another one may have made the index.
func readable(path string, owner, mode uint32) bool {
	if int(owner) == os.Geteuid() {
		return mode&unix.S_IRUSR != 0 || owner == 0
	}
	return mode&unix.S_IRGRP != 0 && mode&unix.S_IROTH != 0 || unix.Access(path, unix.R_OK) == nil
}
