package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
)

// Limits on a frame. A few hundred bytes of header can announce gigabytes of
// pixels; and a single row or column of many pixels is as dear to resize.
const (
	maxPixels = 100_000_000
	maxSide   = 16_384
)

// format is an image format, recognised by the first bytes and not by the file's name.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formats are used instead of package image's own list, to which any other package
// of the program may add.
var formats = []format{
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
}

// brokenError is a frame that was read but is not an image: the only kind of error
// that leaves a frame out while training, since it comes again at every try.
type brokenError struct {
	path string
	err  error
}

func (e *brokenError) Error() string { return fmt.Sprintf("frame %s: %v", e.path, e.err) }
func (e *brokenError) Unwrap() error { return e.err }

// checkFrame reads a frame's header.
func checkFrame(t Sample, frame int) error {
	path := t.Path(frame)
	if t.Parts != nil {
		content, err := t.Read(frame)
		if err != nil {
			return fmt.Errorf("frame: %w", err)
		}
		if _, err := header(bufio.NewReader(bytes.NewReader(content))); err != nil {
			return &brokenError{path, err}
		}
		return nil
	}
	// Opening a pipe would wait for a writer, a device might never end.
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("frame: %w", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("frame %s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("frame: %w", err)
	}
	defer file.Close()
	if _, err := header(bufio.NewReader(file)); err != nil {
		return &brokenError{path, err}
	}
	return nil
}

// header checks the format and size of an image and returns the format.
func header(r *bufio.Reader) (format, error) {
	const longest = 8
	start, err := r.Peek(longest)
	if len(start) == 0 && err == io.EOF {
		return format{}, errors.New("the file is empty")
	}
	for _, f := range formats {
		if !bytes.HasPrefix(start, []byte(f.magic)) {
			continue
		}
		config, err := f.config(r)
		if err != nil {
			return f, fmt.Errorf("broken header: %w", err)
		}
		return f, checkSize(config.Width, config.Height)
	}
	return format{}, fmt.Errorf("expected a JPEG or PNG, saw a file that starts with %q", start)
}

func checkSize(w, h int) error {
	switch {
	case w < 1 || h < 1:
		return fmt.Errorf("%d×%d pixels, expected at least one", w, h)
	case w > maxSide || h > maxSide || w*h > maxPixels:
		return fmt.Errorf("%d×%d pixels, expected at most %d a side and %d in all", w, h, maxSide, maxPixels)
	}
	return nil
}

// decodeFrame reads and decodes a whole frame. An error in the image itself is a
// *brokenError.
func decodeFrame(t Sample, frame int) (image.Image, error) {
	path := t.Path(frame)
	content, err := t.Read(frame)
	if err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	// The header once more: the file may be another one than at the start.
	f, err := header(bufio.NewReader(bytes.NewReader(content)))
	if err != nil {
		return nil, &brokenError{path, err}
	}
	picture, err := f.decode(bytes.NewReader(content))
	if err != nil {
		return nil, &brokenError{path, err}
	}
	return picture, nil
}
