package colorjitter

import "math"

// The circle of hues has six sectors of 65536 steps each. In a sector one channel
// is the greatest, one the least, and the third rises or falls from one to the
// other, so that turning leaves greatest and least as they are.
const (
	sector = 1 << 16
	circle = 6 * sector
)

// ranks lists, for each sector of the colour circle, the channels with the greatest, the
// middle and the least value.
var ranks = [6][3]int{{0, 1, 2}, {1, 0, 2}, {1, 2, 0}, {2, 1, 0}, {2, 0, 1}, {0, 2, 1}}

// turn rotates all hues by a fraction of the colour circle, in [-1/2, 1/2].
func turn(pixels []uint8, part float64) {
	shift := int(math.Round(part*circle)) + circle
	for i := 0; i+3 <= len(pixels); i += 3 {
		p := pixels[i : i+3 : i+3]
		least, greatest := int(min(p[0], p[1], p[2])), int(max(p[0], p[1], p[2]))
		if least == greatest {
			continue // grey has no hue
		}
		at := (hue(p, greatest, greatest-least) + shift) % circle
		s, step := at/sector, at%sector
		between := least*sector + (greatest-least)*step // rising
		if s%2 == 1 {
			between = greatest*sector - (greatest-least)*step
		}
		to := ranks[s]
		p[to[0]], p[to[1]], p[to[2]] = uint8(greatest), whole(between), uint8(least)
	}
}

// hue returns the position of a colour on the circle, from -sector to circle-sector.
func hue(p []uint8, greatest, chroma int) int {
	r, g, b := int(p[0]), int(p[1]), int(p[2])
	switch greatest {
	case r:
		return (g - b) * sector / chroma
	case g:
		return 2*sector + (b-r)*sector/chroma
	}
	return 4*sector + (r-g)*sector/chroma
}

// whole rounds as torchvision converts [0, 1] to bytes: v·255.999, rounded down.
func whole(v int) uint8 { return uint8(v * 255999 / (255000 * sector)) }
