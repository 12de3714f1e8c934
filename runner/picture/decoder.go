package picture

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"runtime"
	"runtime/debug"
	"sync"

	"montage/runner/picture/wasm"
)

// Decoder makes square frames of files. Any number of goroutines may use one at once;
// it must not be copied after its first use.
type Decoder struct {
	// Size is the side of the squares, in pixels.
	Size int
	// Resize says how a picture that is not square becomes one, Squash where empty.
	Resize Resize
	// Background is behind transparent pixels and beside fitted pictures.
	Background Background

	scalers sync.Pool // of *scaler
}

// Square decodes a file and resizes it.
//
//	pixels:  uint8 [H,W,3], RGB, 0 to 255, H = W = Size, owned by the caller
//	content: the bytes of the file
//
// An error is always one of the content: it comes again at every try.
func (d *Decoder) Square(pixels []uint8, content []byte) error {
	if want := 3 * d.Size * d.Size; len(pixels) != want {
		panic(fmt.Sprintf("picture: %d bytes for a square of %d, which takes %d", len(pixels), d.Size, want))
	}
	source, err := decode(content)
	if err != nil {
		return err
	}
	s, ok := d.scalers.Get().(*scaler)
	if !ok {
		s = &scaler{}
	}
	defer d.scalers.Put(s)
	p := d.Resize.part(source.Bounds().Size(), d.Size)
	s.prepare(source.Bounds().Size(), p)
	s.scale(source)
	d.place(pixels, s.bytes, p)
	return nil
}

// revision is that of the pixels that a Decoder makes: raise it when they change.
const revision = 1

// Identity differs between decoders that may make different pixels of a file, of other
// builds too: formats are read by Go's libraries and others.
func (d *Decoder) Identity() string {
	libraries := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		libraries = info.GoVersion
		for _, m := range info.Deps {
			libraries += fmt.Sprintf(" %s %s", m.Path, m.Version)
		}
	}
	return fmt.Sprintf("pixels %d of %d, %q on %v, %s, %s %s", revision, d.Size, d.Resize, d.Background, runtime.GOARCH,
		libraries, wasm.Identity())
}

// place writes a part into the middle of a square.
func (d *Decoder) place(pixels, part []uint8, p part) {
	if p.w < d.Size || p.h < d.Size {
		for i := 0; i < len(pixels); i += 3 {
			copy(pixels[i:i+3], d.Background[:])
		}
	}
	left, top := half(d.Size-p.w), half(d.Size-p.h)
	for y := range p.h {
		into := pixels[3*(d.Size*(top+y)+left):]
		for x := range p.w {
			q, from := into[3*x:3*x+3], part[4*(p.w*y+x):][:4]
			if q[0], q[1], q[2] = from[0], from[1], from[2]; from[3] < 255 {
				q[0], q[1], q[2] = d.Background.under(from)
			}
		}
	}
}

// Pictures of more than largePixels are decoded one after the other: one alone may take
// gigabytes of memory.
const largePixels = 25_000_000

var large sync.Mutex

// decode decodes a file. A decoder's panic is an error of the file, which must not end
// a training.
func decode(content []byte) (picture image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder failed: %v", r)
		}
	}()
	// The header once more: the file may be another one than at the start.
	f, info, err := header(bufio.NewReader(bytes.NewReader(content)))
	if err != nil {
		return nil, err
	}
	if info.Width*info.Height > largePixels {
		large.Lock()
		defer large.Unlock()
	}
	if picture, err = f.decode(content); err != nil {
		return nil, err
	}
	if o := exifOrientation(content); o > 1 {
		picture = turned{picture, o}
	}
	return picture, nil
}
