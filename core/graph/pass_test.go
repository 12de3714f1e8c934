package graph_test

import (
	"slices"
	"testing"

	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// TestStopGradientStopsIt differentiates x·stop(x): the value is x², the gradient x,
// not 2x.
func TestStopGradientStopsIt(t *testing.T) {
	p, err := exec.Compile(exec.Spec{
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Sym("N"))
			b.Output("y", graph.Mul(x, graph.StopGradient(x)))
		}),
		Limits: map[string]int{"N": 3}, Train: true, Gradient: true, InputGradients: []string{"x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	x, y, gradient := []float32{-2, 0.5, 3}, make([]float32, 3), make([]float32, 3)
	if err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.FromFloat32(x)},
		Outputs: []tensor.Tensor{tensor.FromFloat32(y)}}); err != nil {
		t.Fatal(err)
	}
	ones := tensor.FromFloat32([]float32{1, 1, 1})
	if err := p.Backward(exec.Gradients{Outputs: []tensor.Tensor{ones},
		Inputs: []tensor.Tensor{tensor.FromFloat32(gradient)}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y, []float32{4, 0.25, 9}) || !slices.Equal(gradient, x) {
		t.Errorf("value %v, gradient %v", y, gradient)
	}
}
