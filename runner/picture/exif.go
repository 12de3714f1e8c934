package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// exifOrientation returns the orientation that a JPEG's Exif segment gives, 1 where there
// is none or it is not sound: a picture is shown as stored then, as viewers do.
//
// Source: Exif 2.32, 4.5 and tag 0x0112; TIFF 6.0, section 2.
func exifOrientation(content []byte) orientation {
	if !bytes.HasPrefix(content, []byte("\xff\xd8")) {
		return 1
	}
	for rest := content[2:]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != 0xda; {
		length := int(binary.BigEndian.Uint16(rest[2:]))
		if length < 2 || len(rest) < 2+length {
			return 1
		}
		segment := rest[4 : 2+length]
		if header, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && rest[1] == 0xe1 {
			return tiffOrientation(header)
		}
		rest = rest[2+length:]
	}
	return 1
}

// tiffOrientation looks through the first directory of a TIFF header.
func tiffOrientation(header []byte) orientation {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(header, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(header, []byte("II*\x00")):
		return 1
	}
	const entry, tag = 12, 0x0112
	if len(header) < 8 {
		return 1
	}
	at := int64(order.Uint32(header[4:]))
	if at+2 > int64(len(header)) {
		return 1
	}
	count := int(order.Uint16(header[at:]))
	directory := header[at+2:]
	for i := 0; i < count && len(directory) >= (i+1)*entry; i++ {
		if e := directory[i*entry:]; order.Uint16(e) == tag {
			if o := orientation(order.Uint16(e[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// turned shows a picture in its orientation.
type turned struct {
	image.Image
	o orientation
}

// Bounds starts at the origin.
func (t turned) Bounds() image.Rectangle {
	return image.Rectangle{Max: t.o.size(t.Image.Bounds().Size())}
}

// At returns the pixel that is shown at a place.
func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	first, right, down := t.o.steps(b.Dx(), b.Dy())
	at := first + x*right + y*down
	return t.Image.At(b.Min.X+at%b.Dx(), b.Min.Y+at/b.Dx())
}
