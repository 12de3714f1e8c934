package data

import (
	"image"
	"sync"

	"golang.org/x/image/draw"
)

// resizer scales images to squares. It keeps the weights and buffers for the last
// size of source, since the frames of one sample are mostly of one size.
type resizer struct {
	scaler draw.Scaler
	source image.Point
	square *image.RGBA
}

// resizers are shared by all goroutines; each takes one for the time of a frame.
type resizers struct {
	size int
	pool sync.Pool
}

// resize writes an image as a square.
//
//	pixels: uint8 [H,W,3], RGB, 0 to 255, H = W = size, owned by the caller
//
// The whole image is squeezed into the square, whatever its proportions. The filter
// is bilinear; in shrinking it is widened to the source pixels that a target pixel
// covers, so that fine detail turns grey instead of into patterns. What is
// transparent shows black.
//
// Source: torchvision's Resize((size, size), antialias=True), which is Pillow's.
// Differs: by rounding, up to 1 in 255, since Pillow rounds to bytes between the
// horizontal and the vertical pass. Pillow's convert("RGB") drops transparency and
// shows the colour behind it. A JPEG decodes somewhat differently already, as Go
// repeats colour samples where libjpeg interpolates. EXIF orientation is ignored by both.
func (r *resizers) resize(pixels []uint8, picture image.Image) {
	z, ok := r.pool.Get().(*resizer)
	if !ok {
		z = &resizer{square: image.NewRGBA(image.Rect(0, 0, r.size, r.size))}
	}
	defer r.pool.Put(z)
	bounds := picture.Bounds()
	if z.source != bounds.Size() {
		z.source = bounds.Size()
		z.scaler = draw.BiLinear.NewScaler(r.size, r.size, bounds.Dx(), bounds.Dy())
	}
	z.scaler.Scale(z.square, z.square.Bounds(), picture, bounds, draw.Src, nil)
	from := z.square.Pix
	for i := 0; i < len(pixels); i += 3 {
		copy(pixels[i:i+3], from[i/3*4:])
	}
}
