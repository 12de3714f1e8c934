package graph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/graph/gradtest"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/rng"
	"montage/core/tensor"
)

// operator is a use of an exported operator on one or more inputs of random
// numbers, all of them differentiated.
type operator struct {
	inputs [][]graph.Dim
	// positive draws from 0.5 to 1.5 instead of ±2.
	positive bool
	train    bool
	build    func(b *graph.Builder, in []*graph.Node) *graph.Node
}

var (
	dimN, dimB, dimR = graph.Sym("N"), graph.Sym("B"), graph.Sym("R")
	rows             = []graph.Dim{dimR, graph.Fixed(4)}
	square           = []graph.Dim{dimR, dimR}
	frames           = []graph.Dim{dimN, graph.Fixed(5), graph.Fixed(6), graph.Fixed(3)}
)

func unary(f func(*graph.Node) *graph.Node) operator {
	return operator{inputs: [][]graph.Dim{rows}, build: func(_ *graph.Builder,
		in []*graph.Node) *graph.Node {
		return f(in[0])
	}}
}

func positive(f func(*graph.Node) *graph.Node) operator {
	o := unary(f)
	o.positive = true
	return o
}

func binary(f func(a, b *graph.Node) *graph.Node, shapes ...[]graph.Dim) operator {
	return operator{inputs: shapes, positive: true,
		build: func(_ *graph.Builder, in []*graph.Node) *graph.Node { return f(in[0], in[1]) }}
}

// image is an operator on frames and a parameter.
func image(f func(x, w *graph.Node) *graph.Node, w ...int) operator {
	return operator{inputs: [][]graph.Dim{frames}, build: func(b *graph.Builder, in []*graph.Node) *graph.Node {
		if w == nil {
			return f(in[0], nil)
		}
		return f(in[0], b.Param(core.Param{Name: "w", Shape: w}))
	}}
}

// segmented is an operator on rows in segments.
func segmented(f func(x, offsets *graph.Node) *graph.Node, shape ...graph.Dim) operator {
	return operator{inputs: [][]graph.Dim{shape}, build: func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return f(in[0], b.Input("offsets", tensor.Int32, dimB.Plus(1)))
	}}
}

func batchNorm(batch bool) operator {
	return operator{inputs: [][]graph.Dim{frames}, train: true,
		build: func(b *graph.Builder, in []*graph.Node) *graph.Node {
			p := func(name string) core.Param { return core.Param{Name: name, Shape: []int{3}} }
			return graph.BatchNorm(in[0], graph.Norm{
				Scale: b.Param(p("weight")), Shift: b.Param(p("bias")),
				Mean: b.Buffer(p("running_mean")), Variance: b.Buffer(p("running_var")), Batch: batch,
			})
		}}
}

// operators has a case, or several, for every exported operator.
var operators = map[string]operator{
	"Copy":        unary(graph.Copy),
	"ReLU":        unary(graph.ReLU),
	"Neg":         unary(graph.Neg),
	"Scale":       unary(func(x *graph.Node) *graph.Node { return graph.Scale(x, -1.7) }),
	"AddScalar":   unary(func(x *graph.Node) *graph.Node { return graph.AddScalar(x, 0.3) }),
	"Exp":         unary(graph.Exp),
	"Log":         positive(graph.Log),
	"Sqrt":        positive(graph.Sqrt),
	"Square":      unary(graph.Square),
	"Pow":         positive(func(x *graph.Node) *graph.Node { return graph.Pow(x, 2.5) }),
	"Pow/integer": unary(func(x *graph.Node) *graph.Node { return graph.Pow(x, 3) }),
	"Pow/zero":    unary(func(x *graph.Node) *graph.Node { return graph.Pow(x, 0) }),
	"Sigmoid":     unary(graph.Sigmoid),
	"LogSigmoid":  unary(graph.LogSigmoid),
	"Softplus":    unary(graph.Softplus),
	"ClampMin":    unary(func(x *graph.Node) *graph.Node { return graph.ClampMin(x, 0.2) }),
	"Abs":         unary(graph.Abs),
	"Tanh":        unary(graph.Tanh),
	"Softmax":     unary(graph.Softmax),
	"LogSoftmax":  unary(graph.LogSoftmax),
	"LogSumExp":   unary(graph.LogSumExp),
	"SumLast":     unary(graph.SumLast),
	"SumAll":      unary(graph.SumAll),
	"MeanAll":     unary(graph.MeanAll),
	"L2Normalize": unary(graph.L2Normalize),
	"RollRows":    unary(func(x *graph.Node) *graph.Node { return graph.RollRows(x, 3) }),
	"ScaleColumns": unary(func(x *graph.Node) *graph.Node {
		return graph.ScaleColumns(x, []float32{0.5, 0, -2, 3})
	}),
	"Flatten":    image(func(x, _ *graph.Node) *graph.Node { return graph.Flatten(x) }),
	"Add":        binary(graph.Add, rows, rows),
	"Add/row":    binary(graph.Add, rows, []graph.Dim{graph.Fixed(4)}),
	"Add/column": binary(graph.Add, rows, []graph.Dim{dimR}),
	"Add/scalar": binary(graph.Add, rows, nil),
	"Sub":        binary(graph.Sub, rows, rows),
	"Sub/row":    binary(graph.Sub, []graph.Dim{graph.Fixed(4)}, rows),
	"Sub/column": binary(graph.Sub, rows, []graph.Dim{dimR, graph.Fixed(1)}),
	"Mul":        binary(graph.Mul, rows, rows),
	"Mul/row":    binary(graph.Mul, rows, []graph.Dim{graph.Fixed(1), graph.Fixed(4)}),
	"Mul/column": binary(graph.Mul, []graph.Dim{dimR}, rows),
	"Mul/scalar": binary(graph.Mul, nil, rows),
	"Mul/images": binary(graph.Mul, frames, []graph.Dim{graph.Fixed(3)}),
	"Div":        binary(graph.Div, rows, rows),
	"Div/row":    binary(graph.Div, rows, []graph.Dim{graph.Fixed(4)}),
	"Div/column": binary(graph.Div, rows, []graph.Dim{dimR}),
	"Div/scalar": binary(graph.Div, nil, rows),
	"Row": binary(func(x, v *graph.Node) *graph.Node { return graph.Mul(x, graph.Row(v)) }, square,
		[]graph.Dim{dimR}),
	"Column": binary(func(x, v *graph.Node) *graph.Node { return graph.Mul(x, graph.Column(v)) }, square,
		[]graph.Dim{dimR}),
	"Concat": binary(func(a, b *graph.Node) *graph.Node { return graph.Concat(a, b, a) }, rows,
		[]graph.Dim{dimR, graph.Fixed(2)}),
	"MatMul":       binary(product(false, false), rows, []graph.Dim{graph.Fixed(4), graph.Fixed(3)}),
	"MatMul/left":  binary(product(true, false), rows, []graph.Dim{dimR, graph.Fixed(3)}),
	"MatMul/right": binary(product(false, true), rows, []graph.Dim{graph.Fixed(3), graph.Fixed(4)}),
	"MatMul/both":  binary(product(true, true), rows, []graph.Dim{graph.Fixed(3), dimR}),
	"MatMul/self":  unary(func(x *graph.Node) *graph.Node { return graph.MatMul(x, x, false, true) }),
	"DiagonalMask": {inputs: [][]graph.Dim{square},
		build: func(_ *graph.Builder, in []*graph.Node) *graph.Node { return graph.DiagonalMask(in[0], -9) }},
	"Conv2D":                image(func(x, w *graph.Node) *graph.Node { return graph.Conv2D(x, w, 1, 1) }, 4, 3, 3, 3),
	"Conv2D/stride":         image(func(x, w *graph.Node) *graph.Node { return graph.Conv2D(x, w, 2, 0) }, 2, 3, 1, 1),
	"MaxPool":               image(func(x, _ *graph.Node) *graph.Node { return graph.MaxPool(x, 3, 2, 1) }),
	"AvgPool":               image(func(x, _ *graph.Node) *graph.Node { return graph.AvgPool(x, 2, 2, 1) }),
	"GlobalAvgPool":         image(func(x, _ *graph.Node) *graph.Node { return graph.GlobalAvgPool(x) }),
	"SegmentSum":            segmented(graph.SegmentSum, dimN, graph.Fixed(3)),
	"SegmentMean":           segmented(graph.SegmentMean, dimN, graph.Fixed(3)),
	"SegmentMax":            segmented(graph.SegmentMax, dimN, graph.Fixed(3)),
	"SegmentSoftmax":        segmented(graph.SegmentSoftmax, dimN, graph.Fixed(3)),
	"SegmentSoftmax/vector": segmented(graph.SegmentSoftmax, dimN),
	"BatchNorm":             batchNorm(true),
	"BatchNorm/frozen":      batchNorm(false),
	"Linear": {inputs: [][]graph.Dim{rows}, build: func(b *graph.Builder, in []*graph.Node) *graph.Node {
		return graph.Linear(in[0], b.Param(core.Param{Name: "w", Shape: []int{3, 4}}),
			b.Param(core.Param{Name: "b", Shape: []int{3}}))
	}},
	"Dropout": {inputs: [][]graph.Dim{rows}, train: true, build: func(_ *graph.Builder, in []*graph.Node) *graph.Node {
		return graph.Dropout(in[0], 0.4)
	}},
}

// constant lists the operators through which no gradient passes.
var constant = map[string]string{
	"StopGradient": "is there to stop it: TestStopGradientStopsIt",
	"Normalize":    "takes pixels",
	"Apply":        "takes any operator",
}

func product(a, b bool) func(x, y *graph.Node) *graph.Node {
	return func(x, y *graph.Node) *graph.Node { return graph.MatMul(x, y, a, b) }
}

// at are the values of the symbols, one below the limits.
var at = map[string]int{"N": 7, "B": 3, "R": 6}

func TestGradients(t *testing.T) {
	for name, o := range operators {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gradtest.Check(t, o.gradCase())
		})
	}
}

func (o operator) gradCase() gradtest.Case {
	names := []string{"a", "b"}[:len(o.inputs)]
	c := gradtest.Case{
		Limits: map[string]int{"N": 8, "B": 4, "R": 7}, Train: o.train, InputGradients: names,
		Build: func(b *graph.Builder) {
			var in []*graph.Node
			for i, s := range o.inputs {
				in = append(in, b.Input(names[i], tensor.Float32, s...))
			}
			b.Output("y", o.build(b, in))
		},
		Keys: map[string][]uint64{"R": {11, 12, 13, 14, 15, 16}},
	}
	for i, s := range o.inputs {
		low, high := -2.0, 2.0
		if o.positive {
			low, high = 0.5, 1.5
		}
		c.Inputs = append(c.Inputs, random(rng.New(9).At(uint64(i)), low, high, sized(s, at)...))
	}
	about, err := exec.Plan(exec.Spec{Build: build(c.Build), Limits: c.Limits, Train: c.Train, Gradient: true})
	if err == nil && len(about.Inputs) > len(c.Inputs) {
		c.Inputs = append(c.Inputs, tensor.FromInt32([]int32{0, 2, 3, 7}))
	}
	return c
}

func random(key rng.Key, low, high float64, shape ...int) tensor.Tensor {
	t := tensor.New(tensor.Float32, shape...)
	for i := range t.Float32s() {
		t.Float32s()[i] = float32(low + (high-low)*float64(key.Uniform(uint64(i))))
	}
	return t
}

// Every exported function that returns a node must be among the cases.
func TestEveryOperatorHasAGradientCase(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !f.Name.IsExported() || !returnsNode(f) {
				continue
			}
			seen++
			if _, ok := operators[f.Name.Name]; !ok && constant[f.Name.Name] == "" {
				t.Errorf("%s has no gradient case in operators", f.Name.Name)
			}
		}
	}
	if seen < 40 {
		t.Errorf("found only %d operators", seen)
	}
}

func returnsNode(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	star, ok := f.Type.Results.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == "Node"
}

// sized is a shape in numbers.
func sized(s []graph.Dim, at map[string]int) []int {
	out := make([]int, len(s))
	for i, d := range s {
		out[i] = d.Size + at[d.Sym]
	}
	return out
}

// build makes an author's function the Build of a Spec.
func build(author func(*graph.Builder)) func(*ir.Draft) {
	return func(d *ir.Draft) { author((*graph.Builder)(d)) }
}
