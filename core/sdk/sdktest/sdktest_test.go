package sdktest

import (
	"fmt"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
	"montage/core/tensor"
)

// observer stands for a test and counts what a check reports.
type observer struct {
	testing.TB
	complaints []string
}

func (o *observer) Helper() {}

func (o *observer) Errorf(format string, args ...any) {
	o.complaints = append(o.complaints, fmt.Sprintf(format, args...))
}

// doubled is an operator whose gradient is off by a factor, or in one element.
func doubled(x *graph.Node, backward func(dx, dy []float32)) *graph.Node {
	return graph.Apply(graph.Op{
		Name:  "doubled",
		Shape: func(in []graph.Shape) (graph.Shape, error) { return in[0], nil },
		Forward: func(c *graph.Call) error {
			for i, v := range c.In[0].Float32s() {
				c.Out.Float32s()[i] = 2 * v
			}
			return nil
		},
		Backward: func(c *graph.Call) error { backward(c.Grads[0].Float32s(), c.Grad.Float32s()); return nil },
	}, x)
}

func complaints(backward func(dx, dy []float32)) []string {
	loss := core.Component{Name: "doubled", Doc: "A test.", Targets: []core.TargetKind{core.TargetNone},
		Loss: func(core.Values) (core.Loss, error) {
			return sdk.Loss(func(_ *graph.Builder, in sdk.LossInput) *graph.Node {
				return graph.SumAll(graph.Square(doubled(in.Predictions, backward)))
			}), nil
		}}
	o := &observer{}
	LossCase{Component: loss, Call: core.LossCall{
		Predictions: tensor.FromFloat32([]float32{1, -2, 0.5, 3}, 2, 2), Weights: tensor.New(tensor.Float32,
			2)}}.Check(o)
	return o.complaints
}

func TestDifferencesFindWrongGradients(t *testing.T) {
	scaled := func(k float32) func(dx, dy []float32) {
		return func(dx, dy []float32) {
			for i, d := range dy {
				dx[i] = k * d
			}
		}
	}
	if c := complaints(scaled(2)); len(c) != 0 {
		t.Errorf("the true gradient: %v", c)
	}
	for name, wrong := range map[string]func(dx, dy []float32){
		"a tenth too large": scaled(2.2),
		"negative":          scaled(-2),
		"nothing":           scaled(0),
		"one element":       func(dx, dy []float32) { scaled(2)(dx, dy); dx[2] = 0 },
	} {
		if c := complaints(wrong); len(c) == 0 {
			t.Errorf("%s: no complaint", name)
		}
	}
}
