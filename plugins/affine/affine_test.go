package affine

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func warped(size int, degrees, scale float64, black bool) []uint8 {
	w := warp{size: size, pixels: sdktest.Frame(size), black: black}
	w.turn(degrees, scale)
	out := make([]uint8, size*size*3)
	w.run(out)
	return out
}

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Cases []struct {
			Size           int
			Degrees, Scale float64
			Fill           string
			Pixels         []int
		}
	}
	sdktest.Read(t, "testdata/warps.json", &fixture)
	if len(fixture.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range fixture.Cases {
		got := warped(c.Size, c.Degrees, c.Scale, c.Fill == "black")
		for i, want := range c.Pixels {
			if d := int(got[i]) - want; d < -1 || d > 1 {
				t.Fatalf("%d px by %g degrees and %g, %s: value %d is %d, want %d", c.Size, c.Degrees, c.Scale, c.Fill,
					i, got[i], want)
			}
		}
	}
}

func TestQuarterTurnsAreExact(t *testing.T) {
	for _, size := range []int{1, 7, 8, 224} {
		in := sdktest.Frame(size)
		if !bytes.Equal(in, warped(size, 0, 1, true)) {
			t.Errorf("%d px: the identity changes pixels", size)
		}
		out := warped(size, 90, 1, true)
		for y := range size {
			for x := range size {
				// Counter-clockwise: the top row comes from the right column.
				from := (x*size + size - 1 - y) * 3
				if at := (y*size + x) * 3; !bytes.Equal(out[at:at+3], in[from:from+3]) {
					t.Fatalf("%d px: pixel %d,%d of a quarter turn is %v, want %v", size, x, y, out[at:at+3],
						in[from:from+3])
				}
			}
		}
	}
}

func instance(t testing.TB, options map[string]any) core.Augmentation {
	t.Helper()
	a, err := Component.Augmentation(sdktest.Values(t, Component, options))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestApplyRefusesWhatDoesNotFit(t *testing.T) {
	call := core.AugmentationCall{Frames: tensor.New(tensor.Uint8, 2, 4, 5, 3), Keys: tensor.New(tensor.Uint64, 2),
		Output: tensor.New(tensor.Uint8, 2, 4, 4, 3)}
	if err := instance(t, nil).Apply(context.Background(), call); !errors.Is(err, core.ErrShape) {
		t.Errorf("got %v", err)
	}
}

func TestComponent(t *testing.T) {
	for _, fill := range []string{"edge", "black"} {
		sdktest.AugmentationCase{Component: Component, Options: map[string]any{"rotate": []any{-180.0, 180.0},
			"scale": []any{0.5, 2.0}, "fill": fill}}.Check(t)
	}
	_, err := construct(core.Values{"rotate": []float64{15, -15}, "scale": []float64{1, 1}, "fill": "edge"})
	var fault *core.OptionError
	if !errors.As(err, &fault) || fault.Path != "rotate" {
		t.Errorf("got %v", err)
	}
	for limit, destroys := range map[float64]int{15: 0, 45: 0, 46: 1} {
		plan, err := instance(t, map[string]any{"rotate": []any{-10.0, limit}}).Plan(core.AugmentationInput{})
		if err != nil || len(plan.Destroys) != destroys {
			t.Errorf("rotation up to %g destroys %v, %v", limit, plan.Destroys, err)
		}
	}
}

func BenchmarkWarp224(b *testing.B) {
	w := warp{size: 224, pixels: sdktest.Frame(224)}
	w.turn(13, 0.9)
	out := make([]uint8, 224*224*3)
	for b.Loop() {
		w.run(out)
	}
}
