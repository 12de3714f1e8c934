package data

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// FileID names a frame's file by what the file system says it is, whatever path, symbolic link or hard link leads
// to it. It is not the same on another machine.
func (t Sample) FileID(frame int) string {
	path, part := t.Path(frame), ""
	if t.Parts != nil {
		path, part = t.Dir, fmt.Sprint(" at ", t.Parts[frame].Offset)
	}
	if info, err := os.Stat(path); err == nil {
		if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Ino != 0 {
			return fmt.Sprintf("file %d:%d%s", s.Dev, s.Ino, part)
		}
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return "file " + path + part
}

// Name names the sample among those that the label files of one folder name, "" where no label file does. Names
// of folders are none: 001 is in each of train and test.
func (t Sample) Name() string {
	if t.File == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(t.File), t.ID)
}
