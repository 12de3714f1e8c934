package blur

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Cases []struct {
			Size, Radius int
			Sigma        float64
			Pixels       []int
		}
	}
	sdktest.Read(t, "testdata/blurs.json", &fixture)
	if len(fixture.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range fixture.Cases {
		got := make([]uint8, c.Size*c.Size*3)
		smooth(got, sdktest.Frame(c.Size), c.Size, gauss(c.Radius, c.Sigma))
		for i, want := range c.Pixels {
			if d := int(got[i]) - want; d < -1 || d > 1 {
				t.Fatalf("%d px, radius %d, sigma %g: value %d is %d, want %d", c.Size, c.Radius, c.Sigma, i, got[i],
					want)
			}
		}
	}
}

func TestKernelsAddUp(t *testing.T) {
	for _, radius := range []int{1, 3, 11, 112} {
		for _, sigma := range []float64{0.01, 0.1, 1, 2, 100} {
			half := gauss(radius, sigma)
			sum := half[0]
			for _, tap := range half[1:] {
				sum += 2 * tap
			}
			if sum != 1<<bits || half[0] == 0 {
				t.Errorf("radius %d, sigma %g: the kernel adds up to %d: %v", radius, sigma, sum, half)
			}
		}
	}
	for _, v := range []uint8{0, 1, 254, 255} {
		in, out := bytes.Repeat([]uint8{v}, 23*23*3), make([]uint8, 23*23*3)
		if smooth(out, in, 23, gauss(11, 2)); !bytes.Equal(in, out) {
			t.Errorf("an even area of %d becomes %v", v, out[:6])
		}
	}
}

// TestProbability bounds the share of blurred frames by five standard errors.
func TestProbability(t *testing.T) {
	const n, p, size = 2000, 0.3, 4
	a, err := Component.Augmentation(sdktest.Values(t, Component, map[string]any{"p": p, "kernel": 0.5,
		"sigma": []any{1.0, 2.0}}))
	if err != nil {
		t.Fatal(err)
	}
	one, keys := sdktest.Frame(size), make([]uint64, n)
	for i := range keys {
		keys[i] = uint64(i)
	}
	out := tensor.New(tensor.Uint8, n, size, size, 3)
	call := core.AugmentationCall{Frames: tensor.FromUint8(bytes.Repeat(one, n), n, size, size, 3),
		Keys: tensor.FromUint64(keys), Output: out}
	if err := a.Apply(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	blurred, kinds := 0, map[string]bool{}
	for i := range n {
		if got := out.Uint8s()[i*len(one) : (i+1)*len(one)]; !bytes.Equal(got, one) {
			blurred++
			kinds[string(got)] = true
		}
	}
	if d := math.Abs(float64(blurred)/n - p); d > 5*math.Sqrt(p*(1-p)/n) || len(kinds) < 10 {
		t.Errorf("%d of %d frames were blurred, in %d ways", blurred, n, len(kinds))
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component}.Check(t)
	sdktest.AugmentationCase{Component: Component, Options: map[string]any{"p": 1.0, "kernel": 1.0,
		"sigma": []any{100.0, 100.0}}}.Check(t)
	_, err := construct(core.Values{"p": 1.0, "kernel": 0.1, "sigma": []float64{2, 0.1}})
	var fault *core.OptionError
	if !errors.As(err, &fault) || fault.Path != "sigma" {
		t.Errorf("got %v", err)
	}
}

func BenchmarkBlur224(b *testing.B) {
	in, out := sdktest.Frame(224), make([]uint8, 224*224*3)
	for b.Loop() {
		smooth(out, in, 224, gauss(11, 2))
	}
}
