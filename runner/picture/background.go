package picture

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Background is the colour behind transparent pixels and beside pictures that are
// fitted: red, green and blue. The zero value is black.
type Background [3]uint8

// ParseBackground reads "black", "white" or "#rrggbb"; an empty text means black.
func ParseBackground(text string) (Background, error) {
	switch text {
	case "", "black":
		return Background{}, nil
	case "white":
		return Background{255, 255, 255}, nil
	}
	var b Background
	digits, found := strings.CutPrefix(text, "#")
	if colour, err := hex.DecodeString(digits); found && err == nil && len(colour) == len(b) {
		copy(b[:], colour)
		return b, nil
	}
	return b, fmt.Errorf("background %q, expected black, white or #rrggbb, such as #80c0ff", text)
}

// under puts a pixel, RGBA and premultiplied by alpha, on the background.
//
// Since scaling keeps sums of light, it makes no difference to put the scaled pixels
// on a background instead of those of the file, but for rounding.
func (b Background) under(p []uint8) (red, green, blue uint8) {
	clear := 255 - uint32(p[3])
	if clear == 0 || b == (Background{}) {
		return p[0], p[1], p[2]
	}
	add := func(light, behind uint8) uint8 {
		return uint8(min(255, uint32(light)+(uint32(behind)*clear+127)/255))
	}
	return add(p[0], b[0]), add(p[1], b[1]), add(p[2], b[2])
}
