package crop

import (
	"math"

	"montage/core/rng"
)

// rectangle is a part of a frame, in pixels.
type rectangle struct{ left, top, width, height int }

// attempts is how often torchvision tries before it uses the middle.
const attempts = 10

// draw returns the rectangle of a key. Attempt i uses draws 4i to 4i+3.
func (c crop) draw(key rng.Key, size int) rectangle {
	area := float64(size * size)
	for i := range uint64(attempts) {
		scale := between(c.Scale[0], c.Scale[1], key.Uniform(4*i))
		ratio := math.Exp(between(math.Log(c.Ratio[0]), math.Log(c.Ratio[1]), key.Uniform(4*i+1)))
		w := int(math.RoundToEven(math.Sqrt(area * scale * ratio)))
		h := int(math.RoundToEven(math.Sqrt(area * scale / ratio)))
		if w > 0 && h > 0 && w <= size && h <= size {
			left, top := offset(size-w, key.Uniform(4*i+2)), offset(size-h, key.Uniform(4*i+3))
			return rectangle{left: left, top: top, width: w, height: h}
		}
	}
	return c.middle(size)
}

// middle returns the largest central rectangle with an allowed ratio.
func (c crop) middle(size int) rectangle {
	w, h := size, size
	switch {
	case c.Ratio[0] > 1:
		h = int(math.RoundToEven(float64(size) / c.Ratio[0]))
	case c.Ratio[1] < 1:
		w = int(math.RoundToEven(float64(size) * c.Ratio[1]))
	}
	w, h = max(w, 1), max(h, 1)
	return rectangle{left: (size - w) / 2, top: (size - h) / 2, width: w, height: h}
}

func between(least, greatest float64, u float32) float64 {
	// The conversion keeps processors from fusing, and so rounding, differently.
	return least + float64((greatest-least)*float64(u))
}

// offset draws from 0 to room, both included.
func offset(room int, u float32) int { return min(int(float64(room+1)*float64(u)), room) }
