package resnet

import (
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"strings"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func named(t testing.TB, name string) core.Component {
	t.Helper()
	for _, c := range Components {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no component %s", name)
	return core.Component{}
}

// noise repeats testdata/fixtures.py: whole numbers mixed from a name and an index.
func noise(name string) func(i int) uint32 {
	base := crc32.ChecksumIEEE([]byte(name))
	return func(i int) uint32 {
		u := uint32(i)*2654435761 + base
		u ^= u >> 15
		u *= 2246822519
		u ^= u >> 13
		u *= 3266489917
		return u ^ u>>16
	}
}

func uniform(u uint32) float64 { return float64(u)/(1<<32) - 0.5 }

func parameter(p core.Param) tensor.Tensor {
	x := tensor.New(tensor.Float32, p.Shape...)
	factor, offset := 0.2, 0.0
	switch {
	case len(p.Shape) == 4:
		factor = math.Sqrt(24 / float64(p.Shape[0]*p.Shape[2]*p.Shape[3]))
	case strings.HasSuffix(p.Name, "running_var"):
		factor, offset = 0.5, 1
	case strings.HasSuffix(p.Name, "weight"):
		factor, offset = 0.4, 0.6
	}
	values, mixed := x.Float32s(), noise(p.Name)
	for i := range values {
		values[i] = float32(offset + factor*uniform(mixed(i)))
	}
	return x
}

type fixture struct {
	Name, Trainable string
	Size            int
	Batch           bool
	Features        []float64 // every 13th
	Gradients       map[string]struct {
		Length float64
		First  []float64
	}
	Buffers map[string][]float64
}

func TestAgreesWithTorchvision(t *testing.T) {
	raw, err := os.ReadFile("testdata/features.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []fixture }
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) == 0 {
		t.Fatal(len(file.Cases), err)
	}
	for _, f := range file.Cases {
		if testing.Short() && f.Name != "resnet18" {
			continue
		}
		f.check(t)
	}
}

func (f fixture) check(t *testing.T) {
	t.Logf("%s, %d px, trainable %s, batch %v", f.Name, f.Size, f.Trainable, f.Batch)
	f.compare(t, subject{f.Name, f.Trainable, f.Size, f.Batch}.run(t, parameter))
}

func (f fixture) compare(t *testing.T, r passed) {
	plan, forward, backward := r.plan, r.forward, r.backward
	largest := 0.0
	for _, want := range f.Features {
		largest = max(largest, math.Abs(want))
	}
	// Statistics of two frames amplify the rounding of what they are taken from.
	tolerance := map[bool]float64{false: 1e-5, true: 5e-5}[f.Batch]
	for i, want := range f.Features {
		near(t, "a feature", float64(forward.Output.Float32s()[i*13]), want, tolerance*largest)
	}
	gradients, buffers := 0, 0
	for i, p := range plan.Params {
		if want, ok := f.Buffers[p.Name]; ok {
			buffers++
			for j, w := range want {
				near(t, p.Name, float64(forward.Updates[i].Float32s()[j]), w, 1e-5*(1+math.Abs(w)))
			}
		}
		if want, ok := f.Gradients[p.Name]; ok {
			gradients++
			seen := backward.GradParams[i].Float32s()
			sum := 0.0
			for _, v := range seen {
				sum += float64(v) * float64(v)
			}
			// A ReLU whose input is nearly 0 may fall to either side, and Winograd's
			// algorithm rounds more coarsely than torch: gradients have a wider tolerance.
			near(t, "length of the gradient of "+p.Name, math.Sqrt(sum), want.Length, 5e-3*want.Length)
			for j, w := range want.First {
				near(t, "gradient of "+p.Name, float64(seen[j]), w, 5e-3*want.Length)
			}
		}
	}
	if gradients != len(f.Gradients) || buffers != len(f.Buffers) || gradients == 0 || buffers == 0 {
		t.Errorf("compared %d of %d gradients and %d of %d buffers", gradients, len(f.Gradients), buffers,
			len(f.Buffers))
	}
}

func near(t *testing.T, what string, seen, want, allowed float64) {
	t.Helper()
	if !(math.Abs(seen-want) <= allowed) {
		t.Errorf("%s is %g, want %g ± %g", what, seen, want, allowed)
	}
}

func TestCounts(t *testing.T) {
	for name, want := range map[string]int{"resnet18": 11176512, "resnet34": 21284672, "resnet50": 23508032,
		"resnet101": 42500160} {
		_, plan := sdktest.ModuleCase{Component: named(t, name), Options: map[string]any{"trainable": "layer4"},
			Input: core.ModuleInput{Size: 64, Frames: 1}}.New(t)
		total, trainable := 0, 0
		for _, s := range plan.Stages {
			total += s.Params
			trainable += s.Trainable
		}
		last := plan.Stages[len(plan.Stages)-1]
		if total != want || last.Name != "layer4" || trainable != last.Params {
			t.Errorf("%s has %d parameters, want %d; %d are trainable, layer4 is %+v", name, total, want, trainable,
				last)
		}
		if name == "resnet50" && (trainable != 14964736 || plan.Outputs != 2048) {
			t.Errorf("layer4 of resnet50 has %d parameters, D = %d", trainable, plan.Outputs)
		}
	}
}

// TestGradientsAndPurity differentiates the last stage alone: through many
// normalisations and ReLUs of a few values, differences are not linear any more.
func TestGradientsAndPurity(t *testing.T) {
	kinds := []string{"batch", "frozen"}
	if testing.Short() {
		kinds = kinds[:1] // the harder one
	}
	for _, batchnorm := range kinds {
		sdktest.ModuleCase{Component: named(t, "resnet18"), Step: 3e-4,
			Options: map[string]any{"width": 3, "trainable": "layer4", "batchnorm": batchnorm},
			Input:   core.ModuleInput{Size: 65, Frames: 6}}.Check(t)
	}
}

// TestMicroBatches does the same in pieces of 2 and 1 frames.
func TestMicroBatches(t *testing.T) {
	if testing.Short() {
		t.Skip("differentiates once more")
	}
	sdktest.ModuleCase{Component: named(t, "resnet18"), Step: 3e-4,
		Options: map[string]any{"width": 3, "trainable": "layer4", "batchnorm": "frozen"},
		Input:   core.ModuleInput{Size: 65, Frames: 5, MicroBatch: 2}}.Check(t)
}

// TestPlan checks the shapes between the stages, and the effect of micro-batches on
// statistics.
func TestPlan(t *testing.T) {
	layer := sdktest.ModuleCase{Component: named(t, "resnet50"), Options: map[string]any{"trainable": "layer4"},
		Input: core.ModuleInput{Size: 224, Frames: 40}}
	_, plan := layer.New(t)
	outputs := ""
	for _, s := range plan.Stages {
		outputs += s.Name + s.Output + " "
	}
	const want = "conv1[N,112,112,64] bn1[N,56,56,64] layer1[N,56,56,256] layer2[N,28,28,512] layer3[N,14,14,1024] " +
		"layer4[N,2048] "
	if outputs != want || len(plan.Notes) > 0 || plan.Bytes > 1<<30 {
		t.Errorf("stages %s, notes %v, %d bytes", outputs, plan.Notes, plan.Bytes)
	}
	layer.Input.MicroBatch = 8
	_, cut := layer.New(t)
	if len(cut.Notes) != 1 || !strings.Contains(cut.Notes[0], "pieces of at most 8 frames") || cut.Bytes >= plan.Bytes {
		t.Errorf("notes %v, %d bytes instead of %d", cut.Notes, cut.Bytes, plan.Bytes)
	}
}

func TestTrainableStages(t *testing.T) {
	for trainable, want := range map[string]string{"all": "conv1", "conv1": "conv1", "layer1": "layer1",
		"layer4": "layer4", "none": ""} {
		_, plan := sdktest.ModuleCase{Component: named(t, "resnet18"), Options: map[string]any{"width": 1,
			"trainable": trainable},
			Input: core.ModuleInput{Size: 32, Frames: 2}}.New(t)
		first := ""
		for _, s := range plan.Stages {
			if s.Trainable > 0 && first == "" {
				first = s.Name
			}
			if first != "" && s.Trainable != s.Params {
				t.Errorf("%s: %+v is trained in part", trainable, s)
			}
		}
		if first != want {
			t.Errorf("%s trains from %q", trainable, first)
		}
	}
}

func TestComponents(t *testing.T) {
	for _, c := range Components {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
}
