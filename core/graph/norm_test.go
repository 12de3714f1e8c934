package graph_test

import (
	"bytes"
	"math"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// normRun returns what a batch normalisation of one kind puts out, and what it
// makes of a running mean of NaN that it has not written.
func normRun(t *testing.T, train, batch bool) (out, mean tensor.Tensor) {
	t.Helper()
	p, err := exec.Compile(exec.Spec{Train: train, Limits: map[string]int{"R": 5}, Build: build(func(b *graph.Builder) {
		four := func(name string) core.Param { return core.Param{Name: name, Shape: []int{4}} }
		b.Output("y", graph.BatchNorm(input(b), graph.Norm{
			Scale: b.Param(four("w")), Shift: b.Param(four("b")),
			Mean: b.Buffer(four("m")), Variance: b.Buffer(four("v")), Batch: batch,
		}))
	})})
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(seed float64) tensor.Tensor { return random(1, seed, seed+1, 4) }
	r := exec.Bindings{Inputs: []tensor.Tensor{random(2, -1, 3, 5, 4)},
		Outputs: []tensor.Tensor{tensor.New(tensor.Float32, 5, 4)}}
	for i := range 4 {
		r.Params = append(r.Params, numbers(float64(i)))
		r.Updates = append(r.Updates, random(0, math.NaN(), math.NaN(), 4))
	}
	if err := p.Forward(r); err != nil {
		t.Fatal(err)
	}
	return r.Outputs[0], r.Updates[2]
}

// Outside training, batch mode is frozen mode, and nothing is updated.
func TestBatchModeIsForTraining(t *testing.T) {
	frozen, _ := normRun(t, true, false)
	use, mean := normRun(t, false, true)
	train, moved := normRun(t, true, true)
	if !bytes.Equal(frozen.Bytes(), use.Bytes()) {
		t.Error("batch mode outside training does not use the running statistics")
	}
	if v := mean.Float32s()[0]; v == v {
		t.Errorf("the running mean became %v outside training", v)
	}
	if v := moved.Float32s()[0]; bytes.Equal(train.Bytes(), frozen.Bytes()) || v != v {
		t.Error("batch mode in training uses or keeps the running statistics")
	}
}

// A row that is masked throughout has no gradient instead of a NaN.
func TestLogSumExpOfAMaskedRow(t *testing.T) {
	inf := float32(math.Inf(-1))
	p, err := exec.Compile(exec.Spec{Gradient: true, InputGradients: []string{"x"}, Limits: map[string]int{"R": 1},
		Build: build(func(b *graph.Builder) { b.Output("y", graph.LogSumExp(input(b))) })})
	if err != nil {
		t.Fatal(err)
	}
	y, dx := tensor.New(tensor.Float32, 1), random(0, 1, 1, 1, 4)
	if err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.FromFloat32([]float32{inf, inf, inf, inf}, 1, 4)},
		Outputs: []tensor.Tensor{y}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(exec.Gradients{Outputs: []tensor.Tensor{random(0, 1, 1, 1)},
		Inputs: []tensor.Tensor{dx}}); err != nil {
		t.Fatal(err)
	}
	if y.Float32s()[0] != inf || dx.Float32s()[0] != 0 {
		t.Errorf("expected -Inf with gradient 0, seen %v with %v", y.Float32s()[0], dx.Float32s()[0])
	}
}
