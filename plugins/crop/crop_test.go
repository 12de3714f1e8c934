package crop

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"montage/core"
	"montage/core/rng"
	"montage/core/sdk/sdktest"
)

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Cases []struct {
			Size, Left, Top, Width, Height int
			Pixels                         []int
		}
	}
	sdktest.Read(t, "testdata/crops.json", &fixture)
	if len(fixture.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range fixture.Cases {
		got := make([]uint8, c.Size*c.Size*3)
		enlarge(got, sdktest.Frame(c.Size), c.Size, rectangle{c.Left, c.Top, c.Width, c.Height})
		for i, want := range c.Pixels {
			if d := int(got[i]) - want; d < -1 || d > 1 {
				t.Fatalf("%+v: value %d is %d, want %d", c, i, got[i], want)
			}
		}
	}
}

func TestTheWholeFrameIsItself(t *testing.T) {
	for _, size := range []int{1, 7, 224} {
		in, out := sdktest.Frame(size), make([]uint8, size*size*3)
		enlarge(out, in, size, rectangle{width: size, height: size})
		if !bytes.Equal(in, out) {
			t.Errorf("%d px: the whole frame changes", size)
		}
	}
}

// TestDrawsKeepToTheirRanges also bounds the mean area by five standard errors of
// what torchvision's RandomResizedCrop gives in a square: 0.480, with a deviation of 0.234.
func TestDrawsKeepToTheirRanges(t *testing.T) {
	const size, n = 224, 4000
	c := crop{Scale: []float64{0.08, 1}, Ratio: []float64{3.0 / 4, 4.0 / 3}}
	sum, corners := 0.0, map[[2]bool]int{}
	for i := range uint64(n) {
		r := c.draw(rng.New(5).At(i), size)
		if r.left < 0 || r.top < 0 || r.width < 1 || r.height < 1 || r.left+r.width > size || r.top+r.height > size {
			t.Fatalf("%+v leaves the frame", r)
		}
		area, ratio := float64(r.width*r.height)/(size*size), float64(r.width)/float64(r.height)
		if area < 0.078 || ratio < 0.73 || ratio > 1.37 {
			t.Fatalf("%+v has area %g and ratio %g", r, area, ratio)
		}
		sum += area
		corners[[2]bool{2*r.left+r.width > size, 2*r.top+r.height > size}]++
	}
	if d := math.Abs(sum/n - 0.48); d > 5*0.234/math.Sqrt(n) {
		t.Errorf("the mean area is %g", sum/n)
	}
	for corner, count := range corners {
		if len(corners) != 4 || count < n/6 {
			t.Errorf("%d of %d centres lie at %v", count, n, corner)
		}
	}
}

// TestMiddle asks for what a square has no room for.
func TestMiddle(t *testing.T) {
	for _, c := range []struct {
		ratio []float64
		want  rectangle
	}{
		{[]float64{2, 4}, rectangle{0, 2, 8, 4}},
		{[]float64{0.25, 0.5}, rectangle{2, 0, 4, 8}},
	} {
		if got := (crop{Scale: []float64{1, 1}, Ratio: c.ratio}).draw(1, 8); got != c.want {
			t.Errorf("ratio %v: %+v, want %+v", c.ratio, got, c.want)
		}
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component}.Check(t)
	sdktest.AugmentationCase{Component: Component, Options: map[string]any{"scale": []any{0.0001, 0.0001},
		"ratio": []any{10.0, 10.0}}}.Check(t)
	_, err := construct(core.Values{"scale": []float64{1, 0.5}, "ratio": []float64{1, 1}})
	var fault *core.OptionError
	if !errors.As(err, &fault) || fault.Path != "scale" {
		t.Errorf("got %v", err)
	}
}

func BenchmarkCrop224(b *testing.B) {
	in, out := sdktest.Frame(224), make([]uint8, 224*224*3)
	for b.Loop() {
		enlarge(out, in, 224, rectangle{left: 30, top: 40, width: 150, height: 130})
	}
}
