package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"

	"montage/core/hint"
)

// Limits on a picture: those of Pillow, which refuses more pixels, and of JPEG. A few
// hundred bytes of header can announce gigabytes of pixels.
const (
	maxPixels = 178_956_970
	maxSide   = 65_535
)

// sizeError refuses a picture of too many pixels.
type sizeError struct{ w, h int }

func (e sizeError) Error() string {
	return fmt.Sprintf("%d×%d pixels, expected at most %d a side and %d in all", e.w, e.h, maxSide, maxPixels)
}

// Hints says how the picture becomes one that is read.
func (e sizeError) Hints() []string {
	return []string{"shrink it, by ImageMagick for example: magick OLD -resize 4096x4096 NEW"}
}

var _ hint.Hinter = sizeError{}

// Info is what the header of a file says.
type Info struct {
	// Format is the name of the file's format, such as JPEG.
	Format string
	// Width and Height are in pixels.
	Width, Height int
}

// imageFormat is a format, recognised by the first bytes; "?" in magic is any byte.
type imageFormat struct {
	name   string
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(content []byte) (image.Image, error)
	// brands are several of which one must follow within the first bytes, if any.
	brands []string
}

// imageFormats are used instead of package image's own list, to which any other package
// of the program may add.
var imageFormats = []imageFormat{
	{"JPEG", "\xff\xd8\xff", jpegConfig, reading(jpeg.Decode), nil},
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, reading(png.Decode), nil},
	{"WebP", "RIFF????WEBP", webp.DecodeConfig, decodeWebP, nil},
	{"GIF", "GIF8?a", gif.DecodeConfig, reading(gif.Decode), nil}, // of an animation the first picture
	{"BMP", "BM????\x00\x00\x00\x00", bmp.DecodeConfig, reading(bmp.Decode), nil},
	{"TIFF", "II*\x00", tiffConfig, decodeTIFF, nil},
	{"TIFF", "MM\x00*", tiffConfig, decodeTIFF, nil},
	{"AVIF", "????ftyp", heifConfig, decodeHEIF, []string{"avif", "avis"}},
	{"HEIC", "????ftyp", heifConfig, decodeHEIF,
		[]string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}},
}

// reading gives a content to a decoder that reads a file.
func reading(decode func(io.Reader) (image.Image, error)) func([]byte) (image.Image, error) {
	return func(content []byte) (image.Image, error) { return decode(bytes.NewReader(content)) }
}

// Check reads a file's header. It returns an error for a file that is of no known
// format, whose header is broken, or that announces too many pixels.
func Check(file io.Reader) (Info, error) {
	_, info, err := header(bufio.NewReader(file))
	return info, err
}

func header(r *bufio.Reader) (imageFormat, Info, error) {
	const longest = 64 // with the list of brands
	start, err := r.Peek(longest)
	if len(start) == 0 && err == io.EOF {
		return imageFormat{}, Info{}, errors.New("the file is empty")
	}
	if err := unread(start); err != nil {
		return imageFormat{}, Info{}, err
	}
	for _, f := range imageFormats {
		if !f.begins(start) {
			continue
		}
		config, err := f.config(r)
		if _, refused := errors.AsType[unreadError](err); refused {
			return f, Info{}, err
		}
		if err != nil {
			return f, Info{}, fmt.Errorf("broken header: %w", err)
		}
		return f, Info{f.name, config.Width, config.Height}, checkSize(config.Width, config.Height)
	}
	var names []string
	for _, f := range imageFormats {
		names = append(names, f.name)
	}
	return imageFormat{}, Info{}, fmt.Errorf("expected %s, saw a file that starts with %q",
		strings.Join(slices.Compact(names), ", "), start[:min(len(start), 12)])
}

// begins reports whether a file that starts so is of the format.
func (f imageFormat) begins(start []byte) bool {
	return matches(start, f.magic) && (f.brands == nil || slices.ContainsFunc(f.brands, func(brand string) bool {
		return bytes.Contains(start[len(f.magic):], []byte(brand))
	}))
}

// matches reports whether a file that starts so starts with magic.
func matches(start []byte, magic string) bool {
	if len(start) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != start[i] {
			return false
		}
	}
	return true
}

func checkSize(w, h int) error {
	switch {
	case w < 1 || h < 1:
		return fmt.Errorf("%d×%d pixels, expected at least one", w, h)
	case w > maxSide || h > maxSide || w*h > maxPixels:
		return sizeError{w, h}
	}
	return nil
}
