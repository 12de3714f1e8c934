package command

import (
	"io"
	"os"
)

// beside returns where to say what was written into a file: stdout, but stderr where the file is stdout itself.
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
