package wasm

import (
	"bytes"
	_ "embed"
	"fmt"
	"image"
)

//go:embed lib/heif.wasm.gz
var heifLibrary []byte

var heif = newProgram(heifLibrary)

// libheif's numbers of colour spaces and of how colours are stored.
const (
	spaceYCbCr = 0
	spaceRGB   = 1
	spaceGrey  = 2

	chroma420 = 1
	chroma422 = 2
	chroma444 = 3
)

// HEIC decodes the primary picture of a file, without its transparency, turned and cut
// as the file says. Values of more than 8 bits are rounded to 8.
//
//	depth: the bits of a value in the file
//	check: is asked about the width and height before the pixels are decoded
//
// The picture is an *image.YCbCr, whose planes are those of the file, whatever range and
// matrix it gives them; an *image.Gray, likewise; or an *image.NRGBA.
func HEIC(content []byte, depth int, check func(w, h int) error) (picture image.Image, err error) {
	err = heif.run(func(i *instance) error {
		h := heicDecoder{instance: i, size: len(content), depth: depth}
		picture, err = h.picture(content, check)
		return err
	})
	return picture, err
}

// heicDecoder decodes a file in an instance.
type heicDecoder struct {
	*instance
	in, size int    // the file
	about    uint32 // width, height, colour space, chroma, premultiplied
	depth    int
}

func (d *heicDecoder) picture(content []byte, check func(w, h int) error) (image.Image, error) {
	in, err := d.put(content)
	if err != nil {
		return nil, err
	}
	if d.about, err = d.put(make([]byte, 5*4)); err != nil {
		return nil, err
	}
	d.in = int(in)
	if err := d.decode(headerOnly, 0); err != nil {
		return nil, err
	}
	header, err := d.numbers(d.about, 4)
	if err != nil {
		return nil, err
	}
	w, h := int(header[0]), int(header[1])
	if err := check(w, h); err != nil {
		return nil, err
	}
	r := image.Rect(0, 0, w, h)
	switch space := header[2]; space {
	case spaceYCbCr:
		return d.yCbCr(r, header[3])
	case spaceGrey:
		p := &image.Gray{Stride: heicStride(w, 1), Rect: r}
		return p, d.read(plane{&p.Pix, p.Stride * h})
	case spaceRGB:
		if d.depth > 8 {
			return nil, fmt.Errorf("RGB of %d bits, expected 8", d.depth)
		}
		p := &image.NRGBA{Stride: heicStride(w, 4), Rect: r}
		return p, d.read(plane{&p.Pix, p.Stride * h})
	default:
		return nil, fmt.Errorf("an unknown colour space, %d", space)
	}
}

func (d *heicDecoder) yCbCr(r image.Rectangle, chroma uint32) (image.Image, error) {
	ratio, cw, ch := image.YCbCrSubsampleRatio444, r.Dx(), r.Dy()
	switch chroma {
	case chroma420:
		ratio, cw, ch = image.YCbCrSubsampleRatio420, (cw+1)/2, (ch+1)/2
	case chroma422:
		ratio, cw = image.YCbCrSubsampleRatio422, (cw+1)/2
	case chroma444:
	default:
		return nil, fmt.Errorf("colours stored in an unknown way, %d", chroma)
	}
	p := &image.YCbCr{YStride: heicStride(r.Dx(), 1), CStride: heicStride(cw, 1), SubsampleRatio: ratio, Rect: r}
	return p, d.read(plane{&p.Y, p.YStride * r.Dy()}, plane{&p.Cb, p.CStride * ch}, plane{&p.Cr, p.CStride * ch})
}

// decode calls the library, which writes planes to out, one behind the other.
func (d *heicDecoder) decode(what, out uint64) error {
	a := uint64(d.about)
	return d.instance.decode(uint64(d.in), uint64(d.size), what, a, a+4, a+8, a+12, a+16, out)
}

// plane is to be made of so many values.
type plane struct {
	values *[]uint8
	size   int
}

// read decodes into planes.
func (d *heicDecoder) read(planes ...plane) error {
	size := 0
	for _, p := range planes {
		size += p.size
	}
	// Where the file has more than 8 bits, the library writes either two bytes or one, and
	// does not say which. No value of the two is 0xffff.
	var deep []byte
	if d.depth > 8 {
		deep = bytes.Repeat([]byte{0xff}, size)
	}
	out, err := d.allocate(size + len(deep))
	if err != nil {
		return err
	}
	if !d.module.Memory().Write(out+uint32(size), deep) {
		return errMemory
	}
	if err := d.decode(whole, uint64(out)); err != nil {
		return err
	}
	view, err := d.view(out, size+len(deep))
	if err != nil {
		return err
	}
	if len(deep) > 0 && !bytes.Equal(view[size:], deep) {
		view = eightBits(view, d.depth)
	}
	for _, p := range planes {
		*p.values = bytes.Clone(view[:p.size])
		view = view[p.size:]
	}
	return nil
}

// eightBits rounds values of two bytes, the low one first.
func eightBits(view []byte, depth int) []uint8 {
	out := make([]uint8, len(view)/2)
	shift := depth - 8
	for k := range out {
		v := int(view[2*k]) | int(view[2*k+1])<<8
		out[k] = uint8(min(255, (v+1<<(shift-1))>>shift))
	}
	return out
}

// heicStride returns the values of a row in the library's memory: of an even number of
// pixels, at least 64, filled up to 16.
func heicStride(w, channels int) int {
	return (max(64, w+w%2)*channels + 15) &^ 15
}
