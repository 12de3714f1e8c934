package picture

import (
	"fmt"

	"montage/runner/picture/heif"
)

// matrix converts light and colours to red, green and blue.
//
// Source: ITU-T H.273, equations 38 to 43 and 11 to 16.
type matrix struct {
	black, light, colour float64 // the light of black, and what 8 bits are divided by
	red, blue            float64 // how much of the light is red, and blue
	identity             bool    // the planes are green, blue and red
}

// matrixOf returns the matrix that a file names: that of JPEG where it names none, as
// libheif has it.
func matrixOf(c *heif.Colours) (matrix, error) {
	m := matrix{light: 255, colour: 255, red: 0.299, blue: 0.114}
	if c == nil {
		return m, nil
	}
	if !c.Full {
		m.black, m.light, m.colour = 16, 219, 224
	}
	switch c.Matrix {
	case 0:
		m.identity = true
	case 1:
		m.red, m.blue = 0.2126, 0.0722
	case 2, 5, 6: // 2 is unspecified
	case 4:
		m.red, m.blue = 0.30, 0.11
	case 7:
		m.red, m.blue = 0.212, 0.087
	case 9, 10:
		m.red, m.blue = 0.2627, 0.0593
	default:
		return m, fmt.Errorf("a colour matrix that is not read, number %d of ITU-T H.273", c.Matrix)
	}
	return m, nil
}

func (m matrix) rgb(light, cb, cr uint8) (r, g, b uint8) {
	scale := func(v uint8) float64 { return (float64(v) - m.black) / m.light * 255 }
	if m.identity {
		return nearest(scale(cr)), nearest(scale(light)), nearest(scale(cb))
	}
	y := scale(light)
	u, v := (float64(cb)-128)/m.colour*255, (float64(cr)-128)/m.colour*255
	red, blue := y+2*(1-m.red)*v, y+2*(1-m.blue)*u
	return nearest(red), nearest((y - m.red*red - m.blue*blue) / (1 - m.red - m.blue)), nearest(blue)
}
