package resnet

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// fidelity is testdata/fidelity.json.
type fidelity struct {
	Features []struct {
		Name     string
		Size     int
		Features []float64 // every 17th
	}
	Gradients []struct {
		Name      string
		Size      int
		Batch     bool
		Margin    float64
		Gradients map[string]gradient
	}
}

// gradient summarises a gradient of n elements: the largest, the Euclidean length,
// the product with noise, and every n/6th.
type gradient struct {
	Largest, Length, Probe float64
	Some                   []float64
}

func fidelities(t *testing.T) fidelity {
	t.Helper()
	raw, err := os.ReadFile("testdata/fidelity.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fidelity
	if err := json.Unmarshal(raw, &f); err != nil || len(f.Features) != 4 || len(f.Gradients) != 4 {
		t.Fatal(len(f.Features), len(f.Gradients), err)
	}
	return f
}

// TestFeaturesOfAllDepths wants torchvision's features of the same weights, to a
// 10,000th of the largest.
func TestFeaturesOfAllDepths(t *testing.T) {
	for _, f := range fidelities(t).Features {
		if testing.Short() && f.Name != "resnet18" {
			continue
		}
		seen := subject{Name: f.Name, Trainable: "none", Size: f.Size}.run(t, parameter).forward.Output.Float32s()
		largest, worst := 0.0, 0.0
		for i, want := range f.Features {
			largest, worst = max(largest, math.Abs(want)), max(worst, math.Abs(float64(seen[i*17])-want))
		}
		if len(f.Features) != (len(seen)+16)/17 || !(worst <= 1e-4*largest) || largest == 0 {
			t.Errorf("%s: %d features are off by %g of %g", f.Name, len(f.Features), worst, largest)
		}
		t.Logf("%s: %.1e of the largest", f.Name, worst/largest)
	}
}

// firm repeats that of testdata/fixtures.py: no ReLU of layer4 reads anything near 0.
func firm(last string) func(core.Param) tensor.Tensor {
	return func(p core.Param) tensor.Tensor {
		x := parameter(p)
		if !strings.HasPrefix(p.Name, "layer4.") || !strings.Contains(p.Name, ".bn") {
			return x
		}
		parts := strings.Split(p.Name, ".")
		block, norm, kind := parts[1], parts[2], parts[3]
		values, signs := x.Float32s(), noise(norm)
		for i := range values {
			switch kind {
			case "bias":
				add := float32(4)
				if norm == last {
					add = 8
				}
				if signs(i)>>31 == 0 {
					add = -add
				}
				values[i] += add
			case "running_var":
				deviation := float32(10)
				if norm == "bn1" {
					deviation *= float32(1 + 4*int(block[0]-'0'))
				}
				values[i] *= deviation * deviation
			}
		}
		return x
	}
}

// TestGradientsOfLayer4 wants torch's gradients to a 10,000th of the largest: with
// no ReLU to flip, what differs is rounding.
func TestGradientsOfLayer4(t *testing.T) {
	for _, f := range fidelities(t).Gradients {
		if testing.Short() && f.Name != "resnet18" {
			continue
		}
		last := map[string]string{"resnet18": "bn2", "resnet50": "bn3"}[f.Name]
		r := subject{f.Name, "layer4", f.Size, f.Batch}.run(t, firm(last))
		compared, worst, least := 0, 0.0, 0.0
		for _, g := range f.Gradients {
			least = max(least, g.Largest/100)
		}
		for i, p := range r.plan.Params {
			want, ok := f.Gradients[p.Name]
			if !ok {
				continue
			}
			compared++
			off := want.off(r.backward.GradParams[i].Float32s(), least)
			if worst = max(worst, off); !(off <= 1e-4) {
				t.Errorf("%s, batch %v: the gradient of %s is off by %g of the largest", f.Name, f.Batch, p.Name, off)
			}
		}
		if compared != len(f.Gradients) || compared < 10 || f.Margin < 1 {
			t.Errorf("%s: compared %d of %d gradients, at a margin of %g", f.Name, compared, len(f.Gradients), f.Margin)
		}
		t.Logf("%s, batch %v: %.1e of the largest", f.Name, f.Batch, worst)
	}
}

// off returns the greatest difference in units of the largest element, or of least
// where that is more: before a normalisation by the batch's statistics a bias that all
// pixels share has no effect, and its gradient is rounding. Length and product bring
// the differences of all elements together, so their mean counts.
func (g gradient) off(seen []float32, least float64) float64 {
	length, probe, probes := 0.0, 0.0, noise("probe")
	largest := 0.0
	for i, v := range seen {
		x := float64(v)
		largest, length, probe = max(largest, math.Abs(x)), length+x*x, probe+x*uniform(probes(i))
	}
	root := math.Sqrt(float64(len(seen)))
	worst := max(math.Abs(largest-g.Largest), math.Abs(math.Sqrt(length)-g.Length)/root, math.Abs(probe-g.Probe)/root)
	stride := max(1, len(seen)/6)
	for i, want := range g.Some {
		worst = max(worst, math.Abs(float64(seen[i*stride])-want))
	}
	return worst / max(g.Largest, least)
}
