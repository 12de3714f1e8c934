package wasm

import (
	"bytes"
	_ "embed"
	"image"
)

//go:embed lib/avif.wasm.gz
var avifLibrary []byte

var avif = newProgram(avifLibrary)

// AVIF decodes the first picture of a file. It does not turn it as the file says.
//
//	check: is asked about the width and height before the pixels are decoded
//
// The picture is an *image.RGBA, or an *image.RGBA64 of more than 8 bits a channel.
func AVIF(content []byte, check func(w, h int) error) (picture image.Image, err error) {
	err = avif.run(func(i *instance) error {
		picture, err = i.avif(content, check)
		return err
	})
	return picture, err
}

func (i *instance) avif(content []byte, check func(w, h int) error) (image.Image, error) {
	in, err := i.put(content)
	if err != nil {
		return nil, err
	}
	// Width, height, depth and count of pictures; behind them the time of a picture,
	// which is written only when a picture is decoded.
	about, err := i.put(bytes.Repeat([]byte{0xff}, 16+8))
	if err != nil {
		return nil, err
	}
	decode := func(what, out uint64) error {
		a := uint64(about)
		return i.decode(uint64(in), uint64(len(content)), what, 0, a, a+4, a+8, a+12, a+16, out)
	}
	if err := decode(headerOnly, 0); err != nil {
		return nil, err
	}
	header, err := i.numbers(about, 3)
	if err != nil {
		return nil, err
	}
	w, h, depth := int(header[0]), int(header[1]), header[2]
	if err := check(w, h); err != nil {
		return nil, err
	}
	size := 4 * w * h
	if depth > 8 {
		size *= 2
	}
	out, err := i.allocate(size)
	if err != nil {
		return nil, err
	}
	if err := decode(whole, uint64(out)); err != nil {
		return nil, err
	}
	return i.avifPixels(about, out, image.Rect(0, 0, w, h), size)
}

// avifPixels copies the decoded pixels, premultiplied RGBA.
func (i *instance) avifPixels(about, out uint32, r image.Rectangle, size int) (image.Image, error) {
	time, err := i.view(about+16, 8)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(time, bytes.Repeat([]byte{0xff}, 8)) {
		return nil, errRefused
	}
	view, err := i.view(out, size)
	if err != nil {
		return nil, err
	}
	if pixels := 4 * r.Dx() * r.Dy(); size == pixels {
		return &image.RGBA{Pix: bytes.Clone(view), Stride: 4 * r.Dx(), Rect: r}, nil
	}
	picture := image.NewRGBA64(r)
	for k := 0; k < size; k += 2 { // the library's numbers have the low byte first
		picture.Pix[k], picture.Pix[k+1] = view[k+1], view[k]
	}
	return picture, nil
}
