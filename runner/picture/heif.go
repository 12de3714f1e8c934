package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"

	"montage/runner/picture/heif"
	"montage/runner/picture/wasm"
)

// heifConfig reads the size of an AVIF or HEIC file, as stored.
func heifConfig(r io.Reader) (image.Config, error) {
	s, err := heif.Read(r)
	if err == nil {
		err = checkSize(s.Whole[0], s.Whole[1])
	}
	return image.Config{Width: s.Width, Height: s.Height}, err
}

// decodeHEIF decodes an AVIF or HEIC file.
func decodeHEIF(content []byte) (image.Image, error) {
	still, err := heif.Read(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if still.Coding == "av01" {
		return decodeAVIF(content, still)
	}
	return decodeHEIC(content, still)
}

// decodeAVIF leaves colours to the library, which converts them as the file says, and turns
// the picture.
func decodeAVIF(content []byte, still heif.Still) (image.Image, error) {
	p, err := wasm.AVIF(content, checkSize)
	if o := orientation(still.Orientation); err == nil && o > 1 {
		return turned{p, o}, nil
	}
	return p, err
}

// decodeHEIC converts the colours of a picture that the library has turned.
func decodeHEIC(content []byte, still heif.Still) (image.Image, error) {
	p, err := wasm.HEIC(content, still.Depth, checkSize)
	if err != nil {
		return nil, err
	}
	var alpha image.Image
	if file, found := still.AlphaFile(content); found {
		if alpha, err = transparency(file); err != nil {
			return nil, fmt.Errorf("transparency: %w", err)
		}
		if alpha.Bounds() != p.Bounds() {
			return nil, fmt.Errorf("transparency of %v for a picture of %v", alpha.Bounds().Size(), p.Bounds().Size())
		}
	}
	return compose(p, alpha, still)
}

func transparency(file []byte) (image.Image, error) {
	still, err := heif.Read(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return wasm.HEIC(file, still.Depth, checkSize)
}

// compose converts planes to colours and adds the transparency, the light of another picture.
func compose(p, alpha image.Image, still heif.Still) (image.Image, error) {
	m, err := matrixOf(still.Colours)
	if err != nil {
		return nil, err
	}
	b := p.Bounds()
	out := image.NewNRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBA{A: 255}
			switch p := p.(type) {
			case *image.YCbCr:
				q := p.YCbCrAt(x, y)
				c.R, c.G, c.B = m.rgb(q.Y, q.Cb, q.Cr)
			case *image.Gray:
				c.R, c.G, c.B = m.rgb(p.GrayAt(x, y).Y, 128, 128)
			case *image.NRGBA:
				c = p.NRGBAAt(x, y)
			}
			if alpha != nil {
				c.A = lightAt(alpha, x, y)
			}
			out.SetNRGBA(x, y, c)
		}
	}
	if still.Premultiplied {
		return &image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}, nil
	}
	return out, nil
}

// lightAt returns the light of a place, in the range in which it is stored.
func lightAt(p image.Image, x, y int) uint8 {
	switch p := p.(type) {
	case *image.YCbCr:
		return p.Y[p.YOffset(x, y)]
	case *image.Gray:
		return p.GrayAt(x, y).Y
	}
	return color.GrayModel.Convert(p.At(x, y)).(color.Gray).Y
}
