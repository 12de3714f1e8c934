package optim

import (
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"testing"

	"montage/core/rng"
	"montage/core/spec"
	"montage/core/tensor"
)

// fixture is testdata/fixtures.json, which testdata/fixtures.py writes.
type fixture struct {
	Gradients []pair
	Traces    []trace
	Schedules []scheduleTrace
}

// pair holds a value of each of the fixture's two parameters.
type pair struct{ Weight, Bias []float32 }

type trace struct {
	Kind        string
	WeightDecay float64 `json:"weight_decay"`
	Betas       []float64
	Eps         float64
	Momentum    float64
	Nesterov    bool
	Trust       float64
	Rates       []float64
	Start       pair
	After       []pair
	State       map[string][]float32
}

func loadFixture(t *testing.T) fixture {
	t.Helper()
	data, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Traces) < 8 || len(f.Gradients) < 10 || len(f.Schedules) < 5 {
		t.Fatalf("%d traces of %d steps and %d schedules, expected at least 8 of 10 and 5", len(f.Traces),
			len(f.Gradients), len(f.Schedules))
	}
	return f
}

// params are those of the fixture: the bias is exempt from weight decay.
var params = []Param{{Name: "weight", Shape: []int{2, 6}}, {Name: "bias", Shape: []int{3}, NoDecay: true}}

func (p pair) tensors() []tensor.Tensor {
	both := []tensor.Tensor{tensor.FromFloat32(slices.Clone(p.Weight), 2, 6), {}}
	if p.Bias != nil {
		both[1] = tensor.FromFloat32(slices.Clone(p.Bias), 3)
	}
	return both
}

func (tr trace) optimizer(t *testing.T) *Optimizer {
	t.Helper()
	config := Config{Kind: tr.Kind, LR: tr.Rates[0], Betas: tr.Betas, Eps: tr.Eps,
		WeightDecay: tr.WeightDecay, Momentum: tr.Momentum, Nesterov: tr.Nesterov, Trust: tr.Trust}
	o, err := New(config, params)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestStepIsPyTorchs(t *testing.T) {
	f := loadFixture(t)
	for _, tr := range f.Traces {
		o, values := tr.optimizer(t), tr.Start.tensors()
		for step, want := range tr.After {
			if err := o.Step(values, f.Gradients[step].tensors(), tr.Rates[step]); err != nil {
				t.Fatal(err)
			}
			same(t, tr.Kind+" weight", step, values[0].Float32s(), want.Weight)
			same(t, tr.Kind+" bias", step, values[1].Float32s(), want.Bias)
		}
		state := o.State()
		if len(state) != len(tr.State) {
			t.Errorf("%s: %d state tensors, PyTorch has %d", tr.Kind, len(state), len(tr.State))
		}
		for _, n := range state {
			same(t, tr.Kind+" "+n.Name, len(tr.After), n.Value.Float32s(), tr.State[n.Name])
		}
	}
}

// same compares with ==. The fixture comes from a processor with a fused multiply
// and add; this package gives the same on all.
func same(t *testing.T, what string, step int, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, PyTorch has %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s[%d] after step %d: %v, PyTorch %v", what, i, step, got[i], want[i])
		}
	}
}

// A run that is stopped and resumed ends with the bits of one that was not.
func TestResume(t *testing.T) {
	f := loadFixture(t)
	for _, tr := range f.Traces {
		straight, values := tr.optimizer(t), tr.Start.tensors()
		resumed, again := tr.optimizer(t), tr.Start.tensors()
		for step := range tr.After {
			if step == 6 {
				before := resumed
				resumed = tr.optimizer(t)
				state := before.State()
				slices.Reverse(state) // the order does not matter
				if err := resumed.Load(state); err != nil {
					t.Fatal(err)
				}
			}
			for _, run := range []struct {
				o *Optimizer
				p []tensor.Tensor
			}{{straight, values}, {resumed, again}} {
				if err := run.o.Step(run.p, f.Gradients[step].tensors(), tr.Rates[step]); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := range values {
			if !slices.Equal(values[i].Float32s(), again[i].Float32s()) {
				t.Errorf("%s: parameter %d differs after a resume", tr.Kind, i)
			}
		}
	}
}

func TestBitsDoNotDependOnThreads(t *testing.T) {
	const n = 5*chunk + 77
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, kind := range []string{spec.Adam, spec.AdamW, spec.LARS, spec.SGD} {
		config := defaults(kind)
		config.WeightDecay = 0.1
		switch kind {
		case spec.SGD:
			config.Momentum = 0.9
		case spec.LARS:
			config.Trust = 1 // or small gradients are lost in rounding
		}
		var first []float32
		for _, threads := range []int{1, 2, 7} {
			runtime.GOMAXPROCS(threads)
			got := train(t, config, n)
			if first == nil {
				first = got
			}
			if !slices.Equal(got, first) {
				t.Errorf("%s: %d threads give other bits than one", kind, threads)
			}
		}
		if slices.Contains(first, 1) {
			t.Errorf("%s: a parameter was never updated", kind)
		}
	}
}

// train does three steps on n parameters of value 1 with random gradients.
func train(t *testing.T, config Config, n int) []float32 {
	t.Helper()
	o, err := New(config, []Param{{Name: "w", Shape: []int{n}}})
	if err != nil {
		t.Fatal(err)
	}
	values := slices.Repeat([]float32{1}, n)
	grad := make([]float32, n)
	for step := range 3 {
		key := rng.New(1).At(uint64(step))
		for i := range grad {
			grad[i] = key.Uniform(uint64(i)) - 0.5
		}
		err := o.Step([]tensor.Tensor{tensor.FromFloat32(values)}, []tensor.Tensor{tensor.FromFloat32(grad)}, 0.01)
		if err != nil {
			t.Fatal(err)
		}
	}
	return values
}

func BenchmarkAdam(b *testing.B) {
	const n = 1 << 22
	o, err := New(defaults(spec.Adam), []Param{{Name: "w", Shape: []int{n}}})
	if err != nil {
		b.Fatal(err)
	}
	p := []tensor.Tensor{tensor.New(tensor.Float32, n)}
	g := []tensor.Tensor{tensor.New(tensor.Float32, n)}
	for i := range g[0].Float32s() {
		g[0].Float32s()[i] = float32(i%7) - 3
	}
	b.SetBytes(n * 4)
	for b.Loop() {
		if err := o.Step(p, g, 1e-3); err != nil {
			b.Fatal(err)
		}
	}
}
