package grayscale

import (
	"bytes"
	"context"
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Colours [][3]int
		Greys   []int
	}
	sdktest.Read(t, "testdata/greys.json", &fixture)
	if len(fixture.Colours) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range fixture.Colours {
		out := make([]uint8, 3)
		grey(out, []uint8{uint8(c[0]), uint8(c[1]), uint8(c[2])})
		for _, v := range out {
			if d := int(v) - fixture.Greys[i]; d < -1 || d > 1 {
				t.Errorf("%v becomes %v, want %d", c, out, fixture.Greys[i])
			}
		}
	}
}

// TestProbability bounds the share of grey frames by five standard errors.
func TestProbability(t *testing.T) {
	const n, p = 4000, 0.3
	values := sdktest.Values(t, Component, map[string]any{"p": p})
	a, err := Component.Augmentation(values)
	if err != nil {
		t.Fatal(err)
	}
	pixels, keys, changed := bytes.Repeat([]uint8{10, 200, 30}, n), make([]uint64, n), 0
	for i := range keys {
		keys[i] = uint64(i)
	}
	out := tensor.New(tensor.Uint8, n, 1, 1, 3)
	call := core.AugmentationCall{Frames: tensor.FromUint8(pixels, n, 1, 1, 3), Keys: tensor.FromUint64(keys),
		Output: out}
	if err := a.Apply(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 3*n; i += 3 {
		if out.Uint8s()[i] == out.Uint8s()[i+1] {
			changed++
		}
	}
	if d := math.Abs(float64(changed)/n - p); d > 5*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%d of %d frames are grey", changed, n)
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component, Options: map[string]any{"p": 0.5}}.Check(t)
}

func BenchmarkGrey224(b *testing.B) {
	in, out := make([]uint8, 224*224*3), make([]uint8, 224*224*3)
	for b.Loop() {
		grey(out, in)
	}
}
