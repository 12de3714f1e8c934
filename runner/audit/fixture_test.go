package audit

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/layout"
	"montage/runner/synth"
)

// drawn writes a synthetic data set of a few films and returns its folder and the [data] that names it.
func drawn(t *testing.T) (string, spec.DataTable) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	err := synth.Write(t.Context(), synth.Config{Dir: dir, Train: 12, Test: 8, Unlabeled: 8, Classes: 3, Seed: 1,
		MinFrames: 3, MaxFrames: 5, Size: 160})
	if err != nil {
		t.Fatal(err)
	}
	return dir, spec.DataTable{Labeled: filepath.Join(dir, "train.csv"), Test: filepath.Join(dir, "test.csv"),
		Unlabeled: filepath.Join(dir, "frames")}
}

// checked opens and checks the data sets.
func checked(t *testing.T, table spec.DataTable) *Findings {
	t.Helper()
	table.OnError = string(data.Skip)
	l := layout.New(table)
	classes, err := l.Classes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Sets: map[layout.Role]*data.Dataset{}, Classes: classes}
	for _, role := range layout.Roles {
		set, err := l.Open(t.Context(), role, classes)
		if err != nil {
			t.Fatal(err)
		}
		if set != nil {
			c.Sets[role] = set
		}
	}
	found, err := Check(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// change is something that is done to a picture and leaves it the same one.
type change func(picture *image.RGBA) *image.RGBA

// resized is of a factor.
func resized(factor float64) change {
	return func(p *image.RGBA) *image.RGBA {
		w, h := float64(p.Rect.Dx()), float64(p.Rect.Dy())
		return scaled(p, p.Rect, image.Rect(0, 0, int(w*factor), int(h*factor)))
	}
}

// cropped takes a part of the width and height off each side.
func cropped(part float64) change {
	return func(p *image.RGBA) *image.RGBA {
		x, y := int(part*float64(p.Rect.Dx())), int(part*float64(p.Rect.Dy()))
		return scaled(p, image.Rect(x, y, p.Rect.Dx()-x, p.Rect.Dy()-y), p.Rect)
	}
}

func scaled(p *image.RGBA, from, to image.Rectangle) *image.RGBA {
	out := image.NewRGBA(to)
	draw.BiLinear.Scale(out, to, p, from, draw.Src, nil)
	return out
}

// lit multiplies all values.
func lit(factor float64) change {
	return func(p *image.RGBA) *image.RGBA {
		out := image.NewRGBA(p.Rect)
		for i, v := range p.Pix {
			out.Pix[i] = uint8(min(255, float64(v)*factor))
		}
		return out
	}
}

func mirrored(p *image.RGBA) *image.RGBA {
	out := image.NewRGBA(p.Rect)
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			out.SetRGBA(p.Rect.Dx()-1-x, y, p.RGBAAt(x, y))
		}
	}
	return out
}

// changed decodes a file, changes it, and encodes it as a JPEG of quality 60.
func changed(t *testing.T, content []byte, changes ...change) []byte {
	t.Helper()
	decoded, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	p := image.NewRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(p, p.Rect, decoded, decoded.Bounds().Min, draw.Src)
	for _, change := range changes {
		p = change(p)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// frames lists the files of a sample.
func frames(t *testing.T, dir, id string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "frames", id, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("sample %s has no files, %v", id, err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
