package command

import (
	"io"
	"os"
)

// beside returns the stream for a message about a file that was written: stdout, or
// stderr where the file is stdout itself.
func (a *app) beside(path string) io.Writer {
	file, err := os.Stat(path)
	if err != nil {
		return a.Stdout
	}
	if stdout, err := a.Stdout.Stat(); err == nil && os.SameFile(file, stdout) {
		return a.Stderr
	}
	return a.Stdout
}
