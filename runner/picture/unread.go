package picture

import (
	"path/filepath"
	"strings"

	"montage/core/hint"
)

// unreadError refuses a file that is sound but of a kind that is not read.
type unreadError struct {
	kind, remedy string
}

func (e unreadError) Error() string { return e.kind + ", which is not read" }

// Hints says how the file becomes one that is read.
func (e unreadError) Hints() []string { return []string{e.remedy} }

var _ hint.Hinter = unreadError{}

// Remedies of several kinds of files.
const (
	convert = "convert the files to PNG or JPEG, by ImageMagick for example: magick OLD NEW.png"
	develop = "develop the files to JPEG or TIFF, by darktable-cli for example, or take the JPEG beside each"
	cut     = "runner keyframes VIDEO --out DIR takes frames out of it; a sample may also be a video as it is"
	fetch   = "fetch the file itself: git lfs pull"
	djxl    = "convert the files by libjxl's djxl: djxl OLD.jxl NEW.png"
	drawn   = "draw it at a size: rsvg-convert -w 512 OLD.svg -o NEW.png"
	page    = "fetch the image itself, not the page that shows it or an error"
)

// unreadKinds are recognised by the first bytes, as in imageFormats.
var unreadKinds = []struct {
	magic string
	unreadError
}{
	{"\xff\x0a", unreadError{"a JPEG XL file", djxl}},
	{"\x00\x00\x00\x0cJXL ", unreadError{"a JPEG XL file", djxl}},
	{"\x00\x00\x00\x0cjP  ", unreadError{"a JPEG 2000 file", convert}},
	{"\xff\x4f\xff\x51", unreadError{"a JPEG 2000 file", convert}},
	{"8BPS", unreadError{"a Photoshop file", convert}},
	{"<svg", unreadError{"an SVG drawing", drawn}},
	{"<?xml", unreadError{"an XML file, perhaps an SVG drawing", drawn}},
	{"%PDF", unreadError{"a PDF file", "draw its pages: pdftoppm -png OLD.pdf NEW"}},
	{"\x76\x2f\x31\x01", unreadError{"an OpenEXR file", convert}},
	{"II+\x00", unreadError{"a BigTIFF file", convert}},
	{"MM\x00+", unreadError{"a BigTIFF file", convert}},
	{"II*\x00????CR", unreadError{"a camera's RAW file", develop}},
	{"FUJIFILMCCD-RAW", unreadError{"a camera's RAW file", develop}},
	{"IIU\x00", unreadError{"a camera's RAW file", develop}},
	{"IIRO", unreadError{"a camera's RAW file", develop}},
	{"IIRS", unreadError{"a camera's RAW file", develop}},
	{"????ftypcrx", unreadError{"a camera's RAW file", develop}},
	{"????ftypavc", unreadError{"an image coded as H.264", convert}},
	{"????ftypj2k", unreadError{"an image coded as JPEG 2000", convert}},
	{"????ftypqt", unreadError{"a video", cut}},
	{"????ftypisom", unreadError{"a video", cut}},
	{"????ftypmp4", unreadError{"a video", cut}},
	{"????ftypM4V", unreadError{"a video", cut}},
	{"\x1a\x45\xdf\xa3", unreadError{"a video", cut}},
	{"RIFF????AVI ", unreadError{"a video", cut}},
	{"version https://git-lfs", unreadError{"a pointer of Git LFS", fetch}},
	{"<!DOCTYPE", unreadError{"a web page", page}},
	{"<html", unreadError{"a web page", page}},
}

// unread returns the error of a file that starts so, nil where it may be read.
func unread(start []byte) error {
	for _, k := range unreadKinds {
		if matches(start, k.magic) {
			return k.unreadError
		}
	}
	return nil
}

// unreadExtensions are those of unreadKinds, and of others that people may take for read.
var unreadExtensions = map[string]unreadError{
	".jxl": {"JPEG XL", djxl},
	".jp2": {"JPEG 2000", convert}, ".j2k": {"JPEG 2000", convert}, ".jpx": {"JPEG 2000", convert},
	".psd": {"Photoshop", convert}, ".psb": {"Photoshop", convert}, ".xcf": {"GIMP", convert},
	".svg": {"SVG", "draw the files at a size: rsvg-convert -w 512 OLD.svg -o NEW.png"},
	".exr": {"OpenEXR", convert}, ".hdr": {"Radiance", convert}, ".tga": {"Targa", convert}, ".ico": {"ICO", convert},
	".ppm": {"PPM", convert}, ".pgm": {"PGM", convert}, ".pnm": {"PNM", convert}, ".qoi": {"QOI", convert},
	".dng": {"RAW", develop}, ".cr2": {"RAW", develop}, ".cr3": {"RAW", develop}, ".nef": {"RAW", develop},
	".arw": {"RAW", develop}, ".raf": {"RAW", develop}, ".rw2": {"RAW", develop}, ".orf": {"RAW", develop},
	".pef": {"RAW", develop}, ".srw": {"RAW", develop}, ".raw": {"RAW", develop},
}

// Remedy says of a file that is named as pictures of a kind are that is not read which
// kind it is and what to do.
func Remedy(name string) (kind, remedy string, found bool) {
	e, found := unreadExtensions[strings.ToLower(filepath.Ext(name))]
	return e.kind, e.remedy, found
}
