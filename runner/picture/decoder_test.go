package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"montage/runner/data/datatest"

	"golang.org/x/image/draw"
)

func encodePNG(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func encodeJPEG(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestSquashIsDraws decodes files as runner/data does, with the standard library and
// package draw.
func TestSquashIsDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	d := Decoder{Size: 20}
	var group sync.WaitGroup
	for _, content := range [][]byte{encodeJPEG(t, noise(r, "rgba", 64, 36)), encodeJPEG(t, noise(r, "gray", 31, 47)),
		encodePNG(t, noise(r, "nrgba", 50, 40)), encodePNG(t, noise(r, "gray16", 9, 5)),
		encodePNG(t, noise(r, "paletted", 33, 21))} {
		group.Go(func() {
			picture, _, err := image.Decode(bytes.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			square := image.NewRGBA(image.Rect(0, 0, d.Size, d.Size))
			draw.BiLinear.Scale(square, square.Rect, picture, picture.Bounds(), draw.Src, nil)
			want := make([]uint8, 0, 3*d.Size*d.Size)
			for i := 0; i < len(square.Pix); i += 4 {
				want = append(want, square.Pix[i:i+3]...)
			}
			got := make([]uint8, len(want))
			if err := d.Square(got, content); err != nil || !slices.Equal(got, want) {
				t.Errorf("%T: other pixels, or error %v", picture, err)
			}
		})
	}
	group.Wait()
}

// TestPart compares sizes and places with those that torchvision and Pillow compute.
func TestPart(t *testing.T) {
	for _, c := range []struct {
		resize Resize
		w, h   int
		want   part
	}{
		{"", 640, 360, part{image.Pt(224, 224), 0, 0, 224, 224}},
		{Squash, 1, 9, part{image.Pt(224, 224), 0, 0, 224, 224}},
		{Crop, 640, 360, part{image.Pt(398, 224), 87, 0, 224, 224}},
		{Crop, 360, 640, part{image.Pt(224, 398), 0, 87, 224, 224}},
		{Crop, 227, 224, part{image.Pt(227, 224), 2, 0, 224, 224}}, // 1.5 rounds to 2
		{Crop, 225, 224, part{image.Pt(225, 224), 0, 0, 224, 224}}, // 0.5 rounds to 0
		{Fit, 640, 360, part{image.Pt(224, 126), 0, 0, 224, 126}},
		{Fit, 360, 640, part{image.Pt(126, 224), 0, 0, 126, 224}},
		{Fit, 16384, 1, part{image.Pt(224, 1), 0, 0, 224, 1}},
	} {
		if got := c.resize.part(image.Pt(c.w, c.h), 224); got != c.want {
			t.Errorf("%s of %d×%d: %v, want %v", c.resize, c.w, c.h, got, c.want)
		}
	}
}

func TestBackground(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	for i := range 8 {
		picture.Set(i%4, i/4, color.NRGBA{200, 100, 50, 128})
	}
	d := Decoder{Size: 4, Resize: Fit, Background: Background{255, 255, 255}}
	pixels := make([]uint8, 48)
	if err := d.Square(pixels, encodePNG(t, picture)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(pixels[:3], []uint8{255, 255, 255}) || !slices.Equal(pixels[12:15], []uint8{227, 177, 152}) {
		t.Errorf("beside %v, behind %v", pixels[:3], pixels[12:15])
	}
	for text, want := range map[string]Background{"": {}, "black": {}, "white": {255, 255, 255},
		"#80c0FF": {128, 192, 255}} {
		if got, err := ParseBackground(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"red", "80c0ff", "#80c0f", "#80c0ff00", "#80c0fg"} {
		if _, err := ParseBackground(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestParseResize(t *testing.T) {
	for name, want := range map[string]Resize{"": Squash, "squash": Squash, "crop": Crop, "fit": Fit} {
		if got, err := ParseResize(name); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := ParseResize("stretch"); err == nil || !strings.Contains(err.Error(), "squash, crop or fit") {
		t.Errorf("stretch: %v", err)
	}
}

func TestBroken(t *testing.T) {
	d := Decoder{Size: 2}
	sound := encodeJPEG(t, image.NewGray(image.Rect(0, 0, 40, 30)))
	for want, content := range map[string][]byte{
		"the file is empty":               nil,
		`starts with "JIF89a, or s"`:      []byte("JIF89a, or so"),
		"broken header":                   sound[:30],
		"unexpected EOF":                  sound[:len(sound)-20],
		"expected at most 65535 a side":   datatest.Bomb(60000, 60000),
		"16384×16384 pixels, expected at": datatest.Bomb(16384, 16384),
	} {
		if err := d.Square(make([]uint8, 12), content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if info, err := Check(bytes.NewReader(sound)); err != nil || info != (Info{"JPEG", 40, 30}) {
		t.Errorf("%v, %v", info, err)
	}
}
