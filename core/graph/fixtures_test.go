package graph_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

type array struct {
	Shape []int
	Data  []float32
}

func (a array) tensor() tensor.Tensor {
	return tensor.FromFloat32(a.Data, append([]int{}, a.Shape...)...)
}

type fixture struct {
	Inputs, Gradients, Updates, Buffers []array
	Output, Weight                      array
}

// construction makes a fixture's graph of its first input and the others.
type construction func(b *graph.Builder, x *graph.Node, p []*graph.Node) *graph.Node

// torch builds what every fixture was made with. The first input is rows or
// images, the others are parameters.
var torch = map[string]construction{
	"log_softmax":     one(graph.LogSoftmax),
	"softmax":         one(graph.Softmax),
	"log_sum_exp":     one(graph.LogSumExp),
	"log_sigmoid":     one(graph.LogSigmoid),
	"softplus":        one(graph.Softplus),
	"sigmoid":         one(graph.Sigmoid),
	"tanh":            one(graph.Tanh),
	"relu":            one(graph.ReLU),
	"abs":             one(graph.Abs),
	"clamp_min":       one(func(x *graph.Node) *graph.Node { return graph.ClampMin(x, 0.25) }),
	"pow":             one(func(x *graph.Node) *graph.Node { return graph.Pow(x, 1.5) }),
	"pow_zero":        one(func(x *graph.Node) *graph.Node { return graph.Pow(x, 0) }),
	"normalize_rows":  one(graph.L2Normalize),
	"max_pool":        one(func(x *graph.Node) *graph.Node { return graph.MaxPool(x, 3, 2, 1) }),
	"avg_pool":        one(func(x *graph.Node) *graph.Node { return graph.AvgPool(x, 3, 2, 1) }),
	"global_avg_pool": one(graph.GlobalAvgPool),
	"flatten":         one(graph.Flatten),
	"segment_mean":    segmentwise(graph.SegmentMean),
	"segment_sum":     segmentwise(graph.SegmentSum),
	"segment_max":     segmentwise(graph.SegmentMax),
	"segment_softmax": segmentwise(graph.SegmentSoftmax),
	"nt_xent":         one(ntXent),
	"linear": func(_ *graph.Builder, x *graph.Node, p []*graph.Node) *graph.Node {
		return graph.Linear(x,
			p[0], p[1])
	},
	"conv2d": func(_ *graph.Builder, x *graph.Node, p []*graph.Node) *graph.Node {
		return graph.Conv2D(x,
			p[0], 2, 1)
	},
	"batch_norm":        normWith(true),
	"batch_norm_frozen": normWith(false),
}

func one(f func(*graph.Node) *graph.Node) construction {
	return func(_ *graph.Builder, x *graph.Node, _ []*graph.Node) *graph.Node { return f(x) }
}

func normWith(batch bool) construction {
	return func(_ *graph.Builder, x *graph.Node, p []*graph.Node) *graph.Node {
		return graph.BatchNorm(x, graph.Norm{Scale: p[0], Shift: p[1], Mean: p[2], Variance: p[3], Batch: batch})
	}
}

func segmentwise(f func(x, offsets *graph.Node) *graph.Node) construction {
	return func(b *graph.Builder, x *graph.Node, _ []*graph.Node) *graph.Node {
		return f(x, b.Input("offsets", tensor.Int32, graph.Sym("B").Plus(1)))
	}
}

func ntXent(z *graph.Node) *graph.Node {
	z = graph.L2Normalize(z)
	s := graph.DiagonalMask(graph.Scale(graph.MatMul(z, z, false, true), 2), float32(math.Inf(-1)))
	positive := graph.Scale(graph.SumLast(graph.Mul(z, graph.RollRows(z, 2))), 2)
	return graph.MeanAll(graph.Sub(graph.LogSumExp(s), positive))
}

func TestTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases map[string]fixture }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != len(torch) {
		t.Errorf("%d fixtures for %d tests", len(file.Cases), len(torch))
	}
	for name, f := range file.Cases {
		t.Run(name, func(t *testing.T) {
			if torch[name] == nil {
				t.Fatal("no operator for the fixture")
			}
			f.test(t, torch[name])
		})
	}
}

// spec has the fixture's first input as input, with a symbolic first dimension,
// and the others as parameters and buffers.
func (f fixture) spec(construct construction) exec.Spec {
	return exec.Spec{
		Limits: map[string]int{"N": 20, "B": 4}, Train: true, Check: true,
		Gradient: true, InputGradients: []string{"x"},
		Build: build(func(b *graph.Builder) {
			shape := graph.Shape{graph.Sym("N")}
			for _, n := range f.Inputs[0].Shape[1:] {
				shape = append(shape, graph.Fixed(n))
			}
			x := b.Input("x", tensor.Float32, shape...)
			var p []*graph.Node
			for i, a := range f.Inputs[1:] {
				p = append(p, b.Param(core.Param{Name: fmt.Sprint("p", i), Shape: a.Shape}))
			}
			for i, a := range f.Buffers {
				p = append(p, b.Buffer(core.Param{Name: fmt.Sprint("b", i), Shape: a.Shape}))
			}
			b.Output("y", construct(b, x, p))
		}),
	}
}

func (f fixture) test(t *testing.T, construct construction) {
	p, err := exec.Compile(f.spec(construct))
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Bindings{Inputs: []tensor.Tensor{f.Inputs[0].tensor()}}
	if len(p.Description().Inputs) == 2 {
		run.Inputs = append(run.Inputs, tensor.FromInt32([]int32{0, 2, 3, 7}))
	}
	for _, a := range append(f.Inputs[1:], f.Buffers...) {
		run.Params = append(run.Params, a.tensor())
	}
	run.Outputs = []tensor.Tensor{like(f.Output)}
	run.Updates = make([]tensor.Tensor, len(f.Inputs)-1, len(run.Params))
	for _, a := range f.Buffers {
		run.Updates = append(run.Updates, like(a))
	}
	if err := p.Forward(run); err != nil {
		t.Fatal(err)
	}
	g := exec.Gradients{
		Outputs: []tensor.Tensor{f.Weight.tensor()},
		Inputs:  []tensor.Tensor{like(f.Inputs[0])},
	}
	for _, a := range f.Inputs[1:] {
		g.Params = append(g.Params, like(a))
	}
	if err := p.Backward(g); err != nil {
		t.Fatal(err)
	}
	near(t, "output", f.Output, run.Outputs[0])
	near(t, "gradient of x", f.Gradients[0], g.Inputs[0])
	for i, d := range g.Params {
		near(t, fmt.Sprint("gradient of parameter ", i), f.Gradients[i+1], d)
	}
	if f.Buffers != nil && !p.Description().Params[2].Buffer {
		t.Fatal("the fixture has buffers and the graph none")
	}
	f.testUpdates(t, run.Updates[len(f.Inputs)-1:])
}

// testUpdates: frozen statistics are not updated, and the memory for them stays
// as it was.
func (f fixture) testUpdates(t *testing.T, updates []tensor.Tensor) {
	for i, u := range updates {
		want := f.Updates[i]
		if fmt.Sprint(want.Data) == fmt.Sprint(f.Buffers[i].Data) {
			want = array{want.Shape, make([]float32, len(want.Data))}
		}
		near(t, fmt.Sprint("update ", i), want, u)
	}
}

func like(a array) tensor.Tensor {
	return tensor.New(tensor.Float32, append([]int{}, a.Shape...)...)
}

// near compares to 1e-5 of the greatest number.
func near(t *testing.T, what string, want array, got tensor.Tensor) {
	t.Helper()
	scale := 1e-3
	for _, v := range want.Data {
		scale = max(scale, math.Abs(float64(v)))
	}
	values := got.Float32s()
	if len(values) != len(want.Data) {
		t.Fatalf("%s: expected shape %v, seen %v", what, want.Shape, got.Shape)
	}
	for i, v := range want.Data {
		if d := math.Abs(float64(v) - float64(values[i])); !(d <= 1e-5*scale) {
			t.Errorf("%s: element %d: expected %g, seen %g", what, i, v, values[i])
			return
		}
	}
}
