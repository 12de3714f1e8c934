package exec

import (
	"bytes"
	"math"
	"runtime"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/ir"
	"montage/core/rng"
	"montage/core/tensor"
)

// mixed has everything that is fused or runs frame by frame: biases, sums with the
// input itself and with another branch, a normalisation alone, pools.
func mixed(frozen bool) func(*graph.Builder) {
	return func(b *graph.Builder) {
		param := func(name string, shape ...int) *graph.Node {
			return b.Param(core.Param{Name: name, Shape: shape, Frozen: frozen})
		}
		norm := func(x *graph.Node, name string) *graph.Node {
			buffer := func(kind string) *graph.Node {
				return b.Buffer(core.Param{Name: name + kind, Shape: []int{x.Size(-1)}, Frozen: frozen})
			}
			return graph.BatchNorm(x, graph.Norm{Scale: param(name+"weight", x.Size(-1)),
				Shift: param(name+"bias", x.Size(-1)),
				Mean:  buffer("running_mean"), Variance: buffer("running_var")})
		}
		x := b.Input("frames", tensor.Uint8, graph.Sym("N"), graph.Fixed(21), graph.Fixed(19), graph.Fixed(3))
		x = graph.Normalize(x, [3]float32{0.5, 0.4, 0.3}, [3]float32{0.2, 0.2, 0.2})
		x = graph.ReLU(norm(graph.Add(graph.Conv2D(x, param("a", 16, 3, 5, 5), 1, 2), param("a.bias", 16)), "a.norm."))
		x = graph.MaxPool(x, 3, 2, 1)
		x = graph.ReLU(graph.Add(norm(graph.Conv2D(x, param("b", 16, 16, 3, 3), 1, 1), "b.norm."), x))
		y := norm(graph.Conv2D(x, param("c", 24, 16, 1, 1), 2, 0), "c.norm.")
		x = graph.ReLU(graph.Add(y, graph.Conv2D(x, param("d", 24, 16, 3, 3), 2, 1)))
		x = graph.ReLU(graph.Add(graph.AvgPool(norm(x, "e.norm."), 3, 1, 1), x))
		x = graph.Conv2D(x, param("f", 10, 24, 3, 3), 1, 1)
		b.Output("features", graph.GlobalAvgPool(graph.Sub(x, graph.Square(x))))
	}
}

// state draws parameters around 1 for norms and 0 for weights.
func state(about Description) []tensor.Tensor {
	var out []tensor.Tensor
	for i, param := range about.Params {
		w := tensor.New(tensor.Float32, param.Shape...)
		for k := range w.Float32s() {
			w.Float32s()[k] = 0.2 * (rng.Key(2).At(uint64(i)).Uniform(uint64(k)) - 0.5)
			if len(param.Shape) == 1 {
				w.Float32s()[k] += 1
			}
		}
		out = append(out, w)
	}
	return out
}

func pixels(n int, shape ...int) tensor.Tensor {
	frames := tensor.New(tensor.Uint8, append([]int{n}, shape...)...)
	for i := range frames.Uint8s() {
		frames.Uint8s()[i] = uint8(rng.Key(3).Uniform(uint64(i)) * 256)
	}
	return frames
}

func compiled(t testing.TB, s Spec) *Executable {
	t.Helper()
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// features runs a program of one output on frames.
func features(t testing.TB, p *Executable, params []tensor.Tensor, frames tensor.Tensor) tensor.Tensor {
	t.Helper()
	out := tensor.New(tensor.Float32, frames.Shape[0], p.about.Outputs[0].Shape[1].Size)
	if err := p.Forward(Bindings{Inputs: []tensor.Tensor{frames}, Params: params,
		Outputs: []tensor.Tensor{out}}); err != nil {
		t.Fatal(err)
	}
	return out
}

func labels(p *Executable) string {
	var out []string
	p.plan.each(func(s *instruction) { out = append(out, s.label) })
	return strings.Join(out, "\n")
}

// apart is the largest difference of two results by the largest number.
func apart(a, b tensor.Tensor) float64 {
	worst, largest := 0.0, 0.0
	for i, v := range a.Float32s() {
		worst = max(worst, math.Abs(float64(v-b.Float32s()[i])))
		largest = max(largest, math.Abs(float64(v)))
	}
	return worst / largest
}

// What is fused and run frame by frame gives what the operators give one by one,
// as they run where everything is trained.
func TestFusionChangesRoundingAlone(t *testing.T) {
	for _, check := range []bool{false, true} {
		limits := map[string]int{"N": 5}
		fused := compiled(t, Spec{Build: build(mixed(true)), Limits: limits, Check: check})
		plain := compiled(t, Spec{Build: build(mixed(false)), Limits: limits, Gradient: true, Check: check})
		if seen := labels(fused); strings.Count(seen, "\n")+1 != 14 ||
			!strings.HasPrefix(strings.SplitN(seen, "\n", 2)[1],
				"conv2d#1+add#2+batch_norm_frozen#3+relu#4\n") ||
			!strings.Contains(seen, "\nconv2d#6+batch_norm_frozen#7+add#8+relu#9\n") {
			t.Errorf("fused into\n%s", seen)
		}
		if seen := labels(plain); strings.Contains(seen, "+") {
			t.Errorf("what is trained was fused into\n%s", seen)
		}
		if fused.plan.frozen != 1 || fused.plan.steps[0].chain == nil {
			t.Error("the steps are not one chain")
		}
		params, frames := state(fused.about), pixels(5, 21, 19, 3)
		if d := apart(features(t, plain, params, frames), features(t, fused, params, frames)); !(d < 1e-5) {
			t.Errorf("results differ by %g", d)
		}
	}
}

// Neither the frames beside a frame nor the number of threads change a bit.
func TestGroupsChangeNothing(t *testing.T) {
	p := compiled(t, Spec{Build: build(mixed(true)), Limits: map[string]int{"N": 70}})
	params, frames := state(p.about), pixels(70, 21, 19, 3)
	want := features(t, p, params, frames)
	for _, threads := range []int{1, 2, 3, 8, 200} {
		was := runtime.GOMAXPROCS(threads)
		defer runtime.GOMAXPROCS(was)
		for _, n := range []int{1, 2, 7, 69, 70} {
			if got := features(t, p, params, frames.Rows(0, n)); !bytes.Equal(got.Bytes(), want.Rows(0, n).Bytes()) {
				t.Errorf("%d frames and %d threads give other bits", n, threads)
			}
		}
	}
}

func TestStagesGrow(t *testing.T) {
	p := compiled(t, Spec{Build: build(resnet(224, 64, 4)), Limits: map[string]int{"N": 40}})
	c := p.plan.steps[0].chain
	if len(c.stages) < 2 || c.stages[0].size != 1 || c.stages[len(c.stages)-1].size < 4 {
		t.Errorf("stages are %v", c.stages)
	}
	for i, s := range c.stages[1:] {
		if before := c.stages[i]; s.from != before.to || s.size%before.size != 0 || s.size == before.size {
			t.Errorf("stage %v follows %v", s, before)
		}
	}
}

// Values of a chain that are needed at one time lie apart, for as many frames as
// their stage takes.
func TestLanesDoNotOverlap(t *testing.T) {
	p := compiled(t, Spec{Build: build(resnet(224, 8, 4)), Limits: map[string]int{"N": 40}})
	c := p.plan.steps[0].chain
	shared := 0
	for i := range c.links {
		v := c.links[i].out
		for k := range i {
			w := c.links[k].out
			if v.storage != storageWorker || w.storage != storageWorker || v.root() == w.root() {
				continue
			}
			n, _ := v.bytes(map[string]int{"N": c.stages[v.stage].size})
			m, _ := w.bytes(map[string]int{"N": c.stages[w.stage].size})
			if v.root().offset+n <= w.root().offset || w.root().offset+m <= v.root().offset {
				continue
			}
			shared++
			if v.first <= w.last && w.first <= v.last {
				t.Errorf("%s and %s overlap", v.label, w.label)
			}
		}
	}
	if shared == 0 {
		t.Error("no memory was reused")
	}
}

// An error in the middle of a chain names the operator, whichever thread meets it.
func TestPanicInAChain(t *testing.T) {
	p := compiled(t, Spec{Limits: map[string]int{"N": 9}, Build: func(d *ir.Draft) {
		b, g := (*graph.Builder)(d), d.Graph()
		x := b.Input("x", tensor.Float32, graph.Sym("N"), graph.Fixed(4), graph.Fixed(4), graph.Fixed(2))
		graph.Conv2D(x, b.Param(core.Param{Name: "w", Shape: []int{2, 2, 1, 1}, Frozen: true}), 1, 0)
		broken := ir.Copying()
		broken.Name, broken.Framewise = "broken", true
		broken.Forward = func(c *ir.Call) error { c.Out.Float32s()[1<<20] = 1; return nil }
		g.Output("y", ir.Apply(broken, g.Nodes[len(g.Nodes)-1]))
	}})
	err := p.Forward(Bindings{Inputs: []tensor.Tensor{tensor.New(tensor.Float32, 9, 4, 4, 2)}, Params: state(p.about)})
	if err == nil || !strings.HasPrefix(err.Error(), "broken#1 panicked: ") {
		t.Errorf("seen %v", err)
	}
}

// build makes an author's function the Build of a Spec.
func build(author func(*graph.Builder)) func(*ir.Draft) {
	return func(d *ir.Draft) { author((*graph.Builder)(d)) }
}
