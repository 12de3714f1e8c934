package solarize

import (
	"bytes"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Cases []struct {
			Threshold int
			Levels    []int
		}
	}
	sdktest.Read(t, "testdata/levels.json", &fixture)
	if len(fixture.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range fixture.Cases {
		for v, want := range c.Levels {
			out := []uint8{0}
			solarize{Threshold: c.Threshold}.invert(out, []uint8{uint8(v)})
			if int(out[0]) != want {
				t.Errorf("threshold %d: %d becomes %d, want %d", c.Threshold, v, out[0], want)
			}
		}
	}
}

func TestProbability(t *testing.T) {
	const n = 2000
	apply := func(options map[string]any) int {
		a, err := Component.Augmentation(sdktest.Values(t, Component, options))
		if err != nil {
			t.Fatal(err)
		}
		keys := make([]uint64, n)
		for i := range keys {
			keys[i] = uint64(i)
		}
		out := tensor.New(tensor.Uint8, n, 1, 1, 3)
		call := core.AugmentationCall{Frames: tensor.FromUint8(bytes.Repeat([]uint8{200}, 3*n), n, 1, 1, 3),
			Keys: tensor.FromUint64(keys), Output: out}
		if err := a.Apply(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		return bytes.Count(out.Uint8s(), []uint8{55, 55, 55})
	}
	if got := apply(nil); got < 310 || got > 490 { // 400 expected, five standard errors are 90
		t.Errorf("%d of %d frames were changed with p = 0.2", got, n)
	}
	if got := apply(map[string]any{"p": 1.0}); got != n {
		t.Errorf("%d of %d frames were changed with p = 1", got, n)
	}
	if got := apply(map[string]any{"p": 1.0, "threshold": 256}); got != 0 {
		t.Errorf("%d frames were changed with the threshold 256", got)
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component, Options: map[string]any{"p": 0.5}}.Check(t)
}
