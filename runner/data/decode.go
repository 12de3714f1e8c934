package data

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"montage/runner/picture"
)

// brokenError is a frame that was read but is not an image: the only kind of error
// that leaves a frame out while training, since it comes again at every try.
type brokenError struct {
	path string
	err  error
}

func (e *brokenError) Error() string { return fmt.Sprintf("frame %s: %v", e.path, e.err) }
func (e *brokenError) Unwrap() error { return e.err }

func (e *brokenError) problem() Problem {
	return Problem{File: e.path, Path: e.path, Text: e.err.Error(), Hint: frameHint}
}

// Hints says how a training that met the frame goes on.
func (e *brokenError) Hints() []string { return []string{frameHint} }

// checkFrame reads a frame's header.
func checkFrame(t Sample, frame int) error {
	if t.Parts != nil {
		content, err := t.Read(frame)
		if err != nil {
			return fmt.Errorf("frame: %w", err)
		}
		return checkHeader(t.Path(frame), bytes.NewReader(content))
	}
	path := t.Path(frame)
	// Opening a pipe would wait for a writer, a device might never end.
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("frame: %w", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("frame %s: it is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	defer file.Close()
	return checkHeader(path, file)
}

func checkHeader(path string, r io.Reader) error {
	if _, err := picture.Check(r); err != nil {
		return &brokenError{path, err}
	}
	return nil
}
