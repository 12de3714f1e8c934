package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"iter"
)

// exifOrientation returns the orientation that a file's Exif data gives, 1 where there
// is none or it is not sound: a picture is shown as stored then, as viewers do. What XMP says is
// not read. AVIF and HEIC have another way to say it, which their decoders follow.
//
// Source: Exif 2.32, 4.5 and tag 0x0112; TIFF 6.0, section 2; PNG 3, 11.3.4.5.
func exifOrientation(content []byte) orientation {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8")):
		return jpegOrientation(content)
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return tiffOrientation(pngExif(content))
	case matches(content, "RIFF????WEBP"):
		return tiffOrientation(webpExif(content))
	}
	return tiffOrientation(content)
}

func jpegOrientation(content []byte) orientation {
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

// pngExif returns the content of the first chunk eXIf, which may stand behind the pixels.
func pngExif(content []byte) []byte {
	for rest := content[8:]; len(rest) >= 12; {
		length := int64(binary.BigEndian.Uint32(rest))
		if length+12 > int64(len(rest)) {
			break
		}
		if string(rest[4:8]) == "eXIf" {
			return rest[8 : 8+length]
		}
		rest = rest[12+length:]
	}
	return nil
}

// webpExif returns the content of the first chunk EXIF, which may begin as in a JPEG.
func webpExif(content []byte) []byte {
	for name, chunk := range riffChunks(content) {
		if name == "EXIF" {
			return bytes.TrimPrefix(chunk, []byte("Exif\x00\x00"))
		}
	}
	return nil
}

// riffChunks goes through the chunks of a RIFF file, up to one that is cut.
func riffChunks(content []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const head = 12
		for rest := content[min(head, len(content)):]; len(rest) >= 8; {
			length := int64(binary.LittleEndian.Uint32(rest[4:]))
			if length+8 > int64(len(rest)) || !yield(string(rest[:4]), rest[8:8+length]) {
				return
			}
			rest = rest[min(int64(len(rest)), 8+length+length%2):]
		}
	}
}

// tiffOrientation looks through the first directory of a TIFF header.
func tiffOrientation(header []byte) orientation {
	if v, _ := tiffTag(header, tagOrientation); v >= 1 && v <= 8 {
		return orientation(v)
	}
	return 1
}

// tiffTag returns the first number of 16 or 32 bits that the first directory of a TIFF gives
// a tag.
func tiffTag(header []byte, tag uint16) (v uint32, found bool) {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(header, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(header, []byte("II*\x00")):
		return 0, false
	}
	const entry, long = 12, 4
	if len(header) < 8 {
		return 0, false
	}
	at := int64(order.Uint32(header[4:]))
	if at+2 > int64(len(header)) {
		return 0, false
	}
	count := int(order.Uint16(header[at:]))
	directory := header[at+2:]
	for i := 0; i < count && len(directory) >= (i+1)*entry; i++ {
		e := directory[i*entry:]
		if order.Uint16(e) != tag {
			continue
		}
		if order.Uint16(e[2:]) == long {
			return order.Uint32(e[8:]), true
		}
		return uint32(order.Uint16(e[8:])), true
	}
	return 0, false
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
