package mirror

import (
	"bytes"
	"context"
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func instance(t *testing.T, p float64) core.Augmentation {
	t.Helper()
	a, err := Component.Augmentation(sdktest.Values(t, Component, map[string]any{"p": p}))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func apply(t *testing.T, p float64, pixels []uint8, size int, keys ...uint64) []uint8 {
	t.Helper()
	out := tensor.New(tensor.Uint8, len(keys), size, size, 3)
	call := core.AugmentationCall{Frames: tensor.FromUint8(pixels, len(keys), size, size, 3),
		Keys: tensor.FromUint64(keys), Output: out}
	if err := instance(t, p).Apply(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	return out.Uint8s()
}

func TestMirrorIsExact(t *testing.T) {
	even := []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	if got := apply(t, 1, even, 2, 0); !bytes.Equal(got, []uint8{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9}) {
		t.Errorf("got %v", got)
	}
	if got := apply(t, 0, even, 2, 0); !bytes.Equal(got, even) {
		t.Errorf("with p = 0 got %v", got)
	}
	odd := make([]uint8, 27)
	for i := range odd {
		odd[i] = uint8(i)
	}
	if got := apply(t, 1, odd, 3, 0); !bytes.Equal(got[:9], []uint8{6, 7, 8, 3, 4, 5, 0, 1, 2}) {
		t.Errorf("the first row of 3 px is %v", got[:9])
	}
}

// TestProbability bounds the share of mirrored frames by five standard errors.
func TestProbability(t *testing.T) {
	const n, p = 4000, 0.3
	pixels, keys, mirrored := make([]uint8, n*12), make([]uint64, n), 0
	for i := range keys {
		keys[i], pixels[i*12] = uint64(i), 1
	}
	out := apply(t, p, pixels, 2, keys...)
	for i := range n {
		mirrored += int(out[i*12+3])
	}
	if d := math.Abs(float64(mirrored)/n - p); d > 5*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%d of %d frames were mirrored", mirrored, n)
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component}.Check(t)
	for p, destroys := range map[float64]int{0: 0, 0.5: 1} {
		plan, err := instance(t, p).Plan(core.AugmentationInput{Size: 8})
		if err != nil || len(plan.Destroys) != destroys {
			t.Errorf("p = %g destroys %v, %v", p, plan.Destroys, err)
		}
	}
}
