package graph_test

import (
	"slices"
	"testing"

	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// An author's operator sees its inputs, the keys of its rows and the gradient, and writes
// its result and the gradients that are wanted.
func TestOwnOperator(t *testing.T) {
	scaled := graph.Op{
		Name: "scaled_by_key", Rowwise: true, Random: true,
		Shape: func(in []graph.Shape) (graph.Shape, error) { return in[0], nil },
		Forward: func(c *graph.Call) error {
			for i, v := range c.In[0].Float32s() {
				c.Out.Float32s()[i] = float32(c.Keys("R")[i]) * v
			}
			return nil
		},
		Backward: func(c *graph.Call) error {
			for i, d := range c.Grad.Float32s() {
				c.Grads[0].Float32s()[i] = float32(c.Keys("R")[i]) * d
			}
			return nil
		},
	}
	p, err := exec.Compile(exec.Spec{
		Limits: map[string]int{"R": 3}, Gradient: true, InputGradients: []string{"x"}, Check: true,
		Build: func(d *ir.Draft) {
			b := (*graph.Builder)(d)
			b.Output("y", graph.Apply(scaled, b.Input("x", tensor.Float32, graph.Sym("R"))))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	y, dx := tensor.New(tensor.Float32, 3), tensor.New(tensor.Float32, 3)
	if err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{tensor.FromFloat32([]float32{1, 2, -1})},
		Outputs: []tensor.Tensor{y}, Keys: map[string][]uint64{"R": {5, 6, 7}}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(exec.Gradients{Outputs: []tensor.Tensor{tensor.FromFloat32([]float32{1, 10, 100})},
		Inputs: []tensor.Tensor{dx}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y.Float32s(), []float32{5, 12, -7}) || !slices.Equal(dx.Float32s(), []float32{5, 60, 700}) {
		t.Errorf("values %v, gradients %v", y.Float32s(), dx.Float32s())
	}
}
