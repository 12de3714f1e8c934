package colorjitter

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"montage/core"
	"montage/core/rng"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

var changes = map[string]func([]uint8, float64){"brightness": brighten, "contrast": contrast, "saturation": saturate,
	"hue": turn}

func TestAgreesWithTorchvision(t *testing.T) {
	var fixture struct {
		Colours []int
		Cases   []struct {
			Steps []struct {
				Name   string
				Factor float64
			}
			Colours []int
		}
	}
	sdktest.Read(t, "testdata/colours.json", &fixture)
	if len(fixture.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range fixture.Cases {
		var pixels []uint8
		for _, v := range fixture.Colours {
			pixels = append(pixels, uint8(v))
		}
		for _, s := range c.Steps {
			changes[s.Name](pixels, s.Factor)
		}
		near := min(len(c.Steps), 2) // what one step rounds, the next may enlarge
		for i, want := range c.Colours {
			if d := int(pixels[i]) - want; d < -near || d > near {
				t.Errorf("%+v: colour %v becomes %v, want %v", c.Steps, fixture.Colours[i/3*3:i/3*3+3],
					pixels[i/3*3:i/3*3+3], c.Colours[i/3*3:i/3*3+3])
			}
		}
	}
}

// TestHueIsExactWhereItMustBe turns by nothing and by thirds of the circle, which
// exchange the channels.
func TestHueIsExactWhereItMustBe(t *testing.T) {
	colours := []uint8{255, 0, 0, 12, 200, 90, 90, 12, 200, 1, 2, 3, 254, 255, 253}
	once := bytes.Clone(colours)
	if turn(once, 0); !bytes.Equal(once, colours) {
		t.Errorf("no turn makes %v of %v", once, colours)
	}
	once = []uint8{12, 200, 90}
	if turn(once, 1.0/3); !bytes.Equal(once, []uint8{90, 12, 200}) {
		t.Errorf("a third of the circle makes %v", once)
	}
}

// TestOrders counts the orders of the four changes, recognised by their effects.
func TestOrders(t *testing.T) {
	j, seen := jitter{P: 1, Brightness: 0.5, Contrast: 0.5, Saturation: 0.5, Hue: 0.2}, map[string]int{}
	const n = 4800
	for i := range uint64(n) {
		key, order := rng.New(3).At(i), ""
		for _, change := range j.draw(key) {
			got := []uint8{200, 100, 40, 90, 30, 60}
			change(got)
			for name, factor := range map[string]float64{
				"brightness": between(0.5, 1.5, key.Uniform(1)), "contrast": between(0.5, 1.5, key.Uniform(2)),
				"saturation": between(0.5, 1.5, key.Uniform(3)), "hue": between(-0.2, 0.2, key.Uniform(4)),
			} {
				want := []uint8{200, 100, 40, 90, 30, 60}
				if changes[name](want, factor); bytes.Equal(got, want) {
					order += fmt.Sprintf("%.1s", name)
					break
				}
			}
		}
		seen[order]++
	}
	full := 0
	for order, count := range seen {
		if len(order) == 4 && count > 100 && count < 300 { // 200 expected
			full++
		}
	}
	if full != 24 {
		t.Errorf("%d orders of 24 come about as often as they should: %v", full, seen)
	}
}

// TestProbability bounds the share of changed frames by five standard errors.
func TestProbability(t *testing.T) {
	const n, p = 3000, 0.3
	a, err := Component.Augmentation(sdktest.Values(t, Component, map[string]any{"p": p}))
	if err != nil {
		t.Fatal(err)
	}
	one, keys, changed := []uint8{200, 100, 40}, make([]uint64, n), 0
	for i := range keys {
		keys[i] = uint64(i)
	}
	out := tensor.New(tensor.Uint8, n, 1, 1, 3)
	call := core.AugmentationCall{Frames: tensor.FromUint8(bytes.Repeat(one, n), n, 1, 1, 3),
		Keys: tensor.FromUint64(keys), Output: out}
	if err := a.Apply(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if !bytes.Equal(out.Uint8s()[3*i:3*i+3], one) {
			changed++
		}
	}
	if d := math.Abs(float64(changed)/n - p); d > 5*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%d of %d frames were changed", changed, n)
	}
}

func TestComponent(t *testing.T) {
	sdktest.AugmentationCase{Component: Component}.Check(t)
	sdktest.AugmentationCase{Component: Component, Options: map[string]any{"p": 1.0, "brightness": 10.0,
		"contrast": 10.0, "saturation": 10.0, "hue": 0.5}}.Check(t)
}

func BenchmarkJitter224(b *testing.B) {
	pixels := make([]uint8, 224*224*3)
	for i := range pixels {
		pixels[i] = uint8(i * 7)
	}
	j := jitter{P: 1, Brightness: 0.8, Contrast: 0.8, Saturation: 0.8, Hue: 0.2}
	for b.Loop() {
		for _, change := range j.draw(3) {
			change(pixels)
		}
	}
}
