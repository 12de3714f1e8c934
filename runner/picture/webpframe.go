package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// webpFrame is a picture of an animated WebP file.
type webpFrame struct {
	canvas image.Rectangle
	at     image.Rectangle // where on the canvas the frame is
	still  []byte          // a file of the frame alone
}

// firstFrame finds the first frame of an animation.
//
// Source: RFC 9649, section 2.7.
func firstFrame(content []byte) (f webpFrame, found bool) {
	const animation, transparency = 2, 16
	for name, chunk := range riffChunks(content) {
		switch {
		case name == "VP8X" && len(chunk) >= 10 && chunk[0]&animation != 0:
			f.canvas = image.Rect(0, 0, 1+uint24(chunk[4:]), 1+uint24(chunk[7:]))
		case name == "ANMF" && len(chunk) >= 16 && !f.canvas.Empty():
			x, y := 2*uint24(chunk), 2*uint24(chunk[3:])
			f.at = image.Rect(x, y, x+1+uint24(chunk[6:]), y+1+uint24(chunk[9:]))
			header := []byte("VP8X\x0a\x00\x00\x00\x00\x00\x00\x00")
			header = append(append(header, chunk[6:9]...), chunk[9:12]...)
			if bytes.HasPrefix(chunk[16:], []byte("ALPH")) {
				header[8] = transparency
			} else {
				header = nil // lossless frames hold their own transparency
			}
			body := append([]byte("WEBP"), append(header, chunk[16:]...)...)
			f.still = binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
			f.still = append(f.still, body...)
			return f, true
		}
	}
	return f, false
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// decode puts the frame on a transparent canvas.
func (f webpFrame) decode() (image.Image, error) {
	if err := checkSize(f.canvas.Dx(), f.canvas.Dy()); err != nil {
		return nil, err
	}
	config, err := webp.DecodeConfig(bytes.NewReader(f.still))
	if err != nil {
		return nil, err
	}
	if config.Width != f.at.Dx() || config.Height != f.at.Dy() || !f.at.In(f.canvas) {
		return nil, fmt.Errorf("a picture of %d×%d in a frame %v of %v", config.Width, config.Height, f.at, f.canvas)
	}
	picture, err := decodeStill(f.still)
	if err != nil || f.at == f.canvas && picture.Bounds() == f.canvas {
		return picture, err
	}
	canvas := image.NewNRGBA(f.canvas)
	draw.Draw(canvas, f.at, picture, picture.Bounds().Min, draw.Src)
	return canvas, nil
}
