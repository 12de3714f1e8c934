package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"golang.org/x/image/tiff"
)

// Tags of TIFF 6.0, and of the RAW files that are made of it.
const (
	tagSubfile     = 254
	tagCompression = 259
	tagPhotometric = 262
	tagOrientation = 274
	tagPlanar      = 284
	tagDNG         = 50706

	blackIsZero     = 1
	photometricCMYK = 5
	photometricCFA  = 32803
)

// faxes are compressions that ITU-T T.4 and T.6 define.
var faxes = []uint32{3, 4}

// tiffConfig reads the size of the first page of a TIFF. Kinds that are not read are refused by
// name, those that package tiff would read wrongly too.
func tiffConfig(r io.Reader) (image.Config, error) {
	var seen bytes.Buffer
	config, err := tiff.DecodeConfig(io.TeeReader(r, &seen))
	if refused := unreadTIFF(seen.Bytes()); refused != nil {
		return config, refused
	}
	return config, nameUnsupported(err)
}

// decodeTIFF decodes the first page. Package tiff shows a fax whose black is zero as its
// negative.
func decodeTIFF(content []byte) (image.Image, error) {
	picture, err := tiff.Decode(bytes.NewReader(content))
	compression, _ := tiffTag(content, tagCompression)
	photometric, _ := tiffTag(content, tagPhotometric)
	if grey, ok := picture.(*image.Gray); ok && photometric == blackIsZero && slices.Contains(faxes, compression) {
		for i, v := range grey.Pix {
			grey.Pix[i] = 255 - v
		}
	}
	return picture, nameUnsupported(err)
}

func nameUnsupported(err error) error {
	if what, ok := errors.AsType[tiff.UnsupportedError](err); ok {
		if what == "sample format" {
			what = "floating-point or signed numbers"
		}
		return unreadError{fmt.Sprintf("a TIFF with %s", string(what)), convert}
	}
	return err
}

// unreadTIFF looks at the first directory.
func unreadTIFF(content []byte) error {
	number := func(tag uint16) uint32 {
		v, _ := tiffTag(content, tag)
		return v
	}
	switch compression := number(tagCompression); {
	case number(tagDNG) != 0, number(tagPhotometric) == photometricCFA, number(tagSubfile)&1 != 0:
		// The first picture of other RAW files is a thumbnail.
		return unreadError{"a camera's RAW file", develop}
	case number(tagPhotometric) == photometricCMYK:
		return unreadError{"a TIFF of the colours of print, CMYK", convert}
	case compression == 6, compression == 7:
		return unreadError{"a TIFF that holds a JPEG", convert}
	case number(tagPlanar) == 2:
		return unreadError{"a TIFF with a plane for each channel", convert}
	}
	return nil
}
