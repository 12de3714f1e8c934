package graph_test

import (
	"errors"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// input is an input [R,4] for the tests of errors.
func input(b *graph.Builder) *graph.Node {
	return b.Input("x", tensor.Float32, graph.Sym("R"), graph.Fixed(4))
}

func weight(b *graph.Builder, name string, shape ...int) *graph.Node {
	return b.Param(core.Param{Name: name, Shape: shape})
}

func TestPlanErrors(t *testing.T) {
	out := func(f func(b *graph.Builder) *graph.Node) func(*graph.Builder) {
		return func(b *graph.Builder) { b.Output("y", f(b)) }
	}
	for name, c := range map[string]struct {
		build func(*graph.Builder)
		want  string
	}{
		"linear": {out(func(b *graph.Builder) *graph.Node {
			return graph.Linear(input(b), weight(b, "fc.weight", 7, 5), nil)
		}), "linear(x [R,4], fc.weight [7,5]): expected weights [out,4], seen [7,5]"},
		"matmul": {out(func(b *graph.Builder) *graph.Node {
			return graph.MatMul(input(b), weight(b, "w", 7, 5), false, true)
		}), "matmul(x [R,4], w [7,5]): expected equal inner dimensions, seen 4 and 5 (transposed: false, true)"},
		"first error wins": {func(b *graph.Builder) {
			y := graph.Linear(input(b), weight(b, "w", 7, 5), nil)
			z := graph.MatMul(y, y, false, false)
			b.Output("y", graph.Softmax(graph.Dropout(graph.Concat(z, z), 0.5)))
		}, "linear(x [R,4], w [7,5])"},
		"author's own": {out(func(b *graph.Builder) *graph.Node {
			return b.Fail(errors.New("hidden must not be empty"))
		}), "hidden must not be empty"},
		"size of a failed node": {out(func(b *graph.Builder) *graph.Node {
			y := graph.SegmentMean(input(b), input(b))
			return graph.Linear(y, weight(b, "w", 3, y.Size(-1)), nil)
		}), `input "x" is declared twice`},
		"panic of the author": {out(func(b *graph.Builder) *graph.Node {
			return []*graph.Node{input(b)}[b2i(b.Train())+1]
		}), "building the graph panicked"},
		"channels": {out(func(b *graph.Builder) *graph.Node {
			x := b.Input("frames", tensor.Float32, graph.Sym("N"), graph.Fixed(8), graph.Fixed(8), graph.Fixed(3))
			return graph.Conv2D(x, weight(b, "conv1.weight", 64, 4, 3, 3), 1, 1)
		}), "conv2d(frames [N,8,8,3], conv1.weight [64,4,3,3]): expected weights of 3 channels [K,3,R,S], seen " +
			"[64,4,3,3]"},
		"window": {out(func(b *graph.Builder) *graph.Node {
			x := b.Input("frames", tensor.Float32, graph.Sym("N"), graph.Fixed(4), graph.Fixed(4), graph.Fixed(3))
			return graph.MaxPool(x, 7, 2, 1)
		}), "smaller than the window"},
		"spread": {out(func(b *graph.Builder) *graph.Node {
			return graph.Add(input(b), weight(b, "w", 3))
		}), "add(x [R,4], w [3]): [3] does not spread over [R,4]"},
		"ambiguous": {out(func(b *graph.Builder) *graph.Node {
			x := graph.MatMul(input(b), b.Input("z", tensor.Float32, graph.Sym("R"), graph.Fixed(4)), false, true)
			return graph.Sub(x, graph.LogSumExp(x))
		}), "graph.Row or graph.Column"},
		"dtype": {out(func(b *graph.Builder) *graph.Node {
			return graph.ReLU(b.Input("frames", tensor.Uint8, graph.Sym("R")))
		}), "relu(frames [R]): expected float32 as input 0, seen uint8"},
		"uint64": {out(func(b *graph.Builder) *graph.Node {
			return b.Input("keys", tensor.Uint64, graph.Sym("R"))
		}), "keys: a graph takes float32, uint8 and int32, not uint64"},
		"undeclared symbol": {out(func(b *graph.Builder) *graph.Node {
			return b.Input("q", tensor.Float32, graph.Sym("Q"))
		}), "symbol Q of shape [Q] is unknown here\nhint: the symbols of this graph are N, R, Z; "},
		"no rows": {out(func(b *graph.Builder) *graph.Node {
			return b.Input("q", tensor.Float32, graph.Sym("Z"))
		}), "symbol Z of shape [Z] counts at most 0, expected at least 1"},
		"unknown symbol": {out(func(b *graph.Builder) *graph.Node {
			op := graph.Op{
				Name:    "invent",
				Shape:   func([]graph.Shape) (graph.Shape, error) { return graph.Shape{graph.Sym("N")}, nil },
				Forward: func(*graph.Call) error { return nil },
			}
			return graph.Apply(op, input(b))
		}), "symbol N of the result [N] is in no input's shape"},
		"nil node": {out(func(b *graph.Builder) *graph.Node { return graph.Add(input(b), nil) }),
			"add: input 1 is nil"},
		"no output": {func(b *graph.Builder) { input(b) }, "the graph has no output"},
		"same parameter": {out(func(b *graph.Builder) *graph.Node {
			return graph.Add(weight(b, "w", 3), weight(b, "w", 3))
		}), `parameter "w" is declared twice`},
		"same output": {func(b *graph.Builder) { b.Output("y", input(b)); b.Output("y", weight(b, "w", 1)) },
			`output "y" is declared twice`},
		"update of a parameter": {func(b *graph.Builder) {
			w := weight(b, "w", 3)
			b.Update(w, w)
			b.Output("y", w)
		}, "update of w, which is not a buffer"},
		"dropout": {out(func(b *graph.Builder) *graph.Node { return graph.Dropout(input(b), 1) }),
			"expected a share of 0 to below 1, seen 1"},
		"dropout without rows": {out(func(b *graph.Builder) *graph.Node {
			return graph.Dropout(weight(b, "w", 3, 3), 0.5)
		}), "expected rows that a symbol counts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := exec.Plan(exec.Spec{Build: build(c.build), Train: true, Limits: map[string]int{"N": 2, "R": 3,
				"Z": 0}})
			wantError(t, err, c.want)
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("expected an error with %q, seen %v", want, err)
	}
}

func TestSegmentMaxRefusesEmptySegments(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Limits: map[string]int{"N": 9, "B": 4}, Build: build(func(b *graph.Builder) {
		x := b.Input("x", tensor.Float32, graph.Sym("N"), graph.Fixed(1))
		b.Output("y", graph.SegmentMax(x, b.Input("offsets", tensor.Int32, graph.Sym("B").Plus(1))))
	})})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.New(tensor.Float32, 2, 1),
		tensor.FromInt32([]int32{0, 2, 2})}})
	wantError(t, err, "segment_max#0: segment 1 has no rows")
}

func TestBatchStatisticsNeedTwoValues(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Train: true, Limits: map[string]int{"R": 2}, Build: build(func(b *graph.Builder) {
		n := graph.Norm{Scale: weight(b, "w", 4), Shift: weight(b, "b", 4), Batch: true}
		n.Mean, n.Variance = b.Buffer(core.Param{Name: "m", Shape: []int{4}}),
			b.Buffer(core.Param{Name: "v", Shape: []int{4}})
		b.Output("y", graph.BatchNorm(input(b), n))
	})})
	if err != nil {
		t.Fatal(err)
	}
	four := tensor.New(tensor.Float32, 4)
	err = p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.New(tensor.Float32, 1, 4)},
		Params: []tensor.Tensor{four, four, four, four}})
	wantError(t, err, "expected at least 2 values per channel for batch statistics, seen 1")
}

// A mistake in an operator, even on another goroutine, is an error with its name.
func TestPanicIsAnError(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Limits: map[string]int{"R": 3}, Build: build(func(b *graph.Builder) {
		b.Output("y", graph.Apply(graph.Op{
			Name:    "broken",
			Shape:   func(in []graph.Shape) (graph.Shape, error) { return in[0], nil },
			Forward: func(c *graph.Call) error { c.Out.Float32s()[99] = 1; return nil },
		}, input(b)))
	})})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.New(tensor.Float32, 3, 4)}})
	wantError(t, err, "broken#0 panicked: ")
}

func TestCheckNamesTheStepOfANaN(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Check: true, Limits: map[string]int{"R": 3}, Build: build(func(b *graph.Builder) {
		b.Output("y", graph.Square(graph.Log(input(b))))
	})})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Forward(exec.Bindings{Inputs: []tensor.Tensor{random(0, -1, -1, 3, 4)}})
	wantError(t, err, "log#0: element 0 of float32[3 4] is NaN")
}
