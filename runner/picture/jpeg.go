package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"
)

// jpegConfig reads the size of a JPEG. Kinds that few programs write are refused by name.
func jpegConfig(r io.Reader) (image.Config, error) {
	var seen bytes.Buffer
	config, err := jpeg.DecodeConfig(io.TeeReader(r, &seen))
	if err != nil {
		if refused := unreadJPEG(seen.Bytes()); refused != nil {
			return config, refused
		}
	}
	return config, err
}

// unreadJPEG looks for the segment that says how pixels are coded.
//
// Source: ITU-T T.81, table B.1.
func unreadJPEG(content []byte) error {
	const (
		entropy = "make it an ordinary JPEG without loss, by libjpeg-turbo: jpegtran -copy all OLD.jpg > NEW.jpg"
		again   = "write the picture again with 8 bits a channel, as PNG or JPEG, from the program that made it"
	)
	for rest := content[min(2, len(content)):]; len(rest) >= 2 && rest[0] == 0xff; {
		switch marker := rest[1]; {
		case marker == 0xff: // fills up
			rest = rest[1:]
			continue
		case marker == 0xc3:
			return unreadError{"a lossless JPEG", convert}
		case marker >= 0xc5 && marker <= 0xc7:
			return unreadError{"a hierarchical JPEG", convert}
		case marker >= 0xc9 && marker <= 0xcf:
			return unreadError{"an arithmetic-coded JPEG", entropy}
		case marker <= 0xc2 && marker >= 0xc0 && len(rest) > 4 && rest[4] != 8:
			return unreadError{"a JPEG of more than 8 bits a channel", again}
		case marker == 0xda:
			return nil
		}
		if len(rest) < 4 {
			return nil
		}
		rest = rest[min(len(rest), 2+int(binary.BigEndian.Uint16(rest[2:]))):]
	}
	return nil
}
