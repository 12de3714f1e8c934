package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// Limits on a picture. A few hundred bytes of header can announce gigabytes of
// pixels; and a single row or column of many pixels is as dear to resize.
const (
	maxPixels = 100_000_000
	maxSide   = 16_384
)

// Info is what the header of a file says.
type Info struct {
	// Format is the name of the file's format, such as JPEG.
	Format string
	// Width and Height are in pixels.
	Width, Height int
}

// imageFormat is a format, recognised by the first bytes.
type imageFormat struct {
	name   string
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// imageFormats are used instead of package image's own list, to which any other package
// of the program may add.
var imageFormats = []imageFormat{
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
}

// Check reads a file's header. It returns an error for a file that is of no known
// format, whose header is broken, or that announces too many pixels.
func Check(file io.Reader) (Info, error) {
	_, info, err := header(bufio.NewReader(file))
	return info, err
}

func header(r *bufio.Reader) (imageFormat, Info, error) {
	const longest = 8
	start, err := r.Peek(longest)
	if len(start) == 0 && err == io.EOF {
		return imageFormat{}, Info{}, errors.New("the file is empty")
	}
	for _, f := range imageFormats {
		if !bytes.HasPrefix(start, []byte(f.magic)) {
			continue
		}
		config, err := f.config(r)
		if err != nil {
			return f, Info{}, fmt.Errorf("broken header: %w", err)
		}
		return f, Info{f.name, config.Width, config.Height}, checkSize(config.Width, config.Height)
	}
	return imageFormat{}, Info{}, fmt.Errorf("expected a JPEG or PNG, saw a file that starts with %q", start)
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
