package sdk

import (
	"context"
	"errors"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// lengths is a loss that looks at predictions alone: the mean weighted square.
func lengths(_ *graph.Builder, in LossInput) *graph.Node {
	if in.Targets != nil {
		return in.Targets
	}
	return graph.MeanAll(graph.Mul(graph.SumLast(graph.Square(in.Predictions)), in.Weights))
}

func pairs(t *testing.T) core.Loss {
	t.Helper()
	loss := Loss(lengths)
	plan, err := loss.Plan(core.LossInput{Outputs: 2, Target: core.TargetNone, Rows: 4, Views: 2})
	if err != nil || plan.Bytes <= 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	return loss
}

func lossCall() core.LossCall {
	return core.LossCall{
		Predictions: tensor.FromFloat32([]float32{1, 2, 3, 4}, 2, 2), Targets: tensor.New(tensor.Float32, 2, 0),
		Weights: tensor.FromFloat32([]float32{1, 0.5}), GradPredictions: tensor.New(tensor.Float32, 2, 2)}
}

func TestLossWithoutTargets(t *testing.T) {
	call := lossCall()
	for range 2 {
		value, err := pairs(t).Evaluate(context.Background(), call)
		if err != nil || value != (5+0.5*25)/2 {
			t.Fatalf("got %g, %v", value, err)
		}
	}
	if g := call.GradPredictions.Float32s(); g[0] != 1 || g[1] != 2 || g[2] != 1.5 || g[3] != 2 {
		t.Errorf("the gradient is %v", g)
	}
	call.GradPredictions = tensor.Tensor{}
	if _, err := pairs(t).Evaluate(context.Background(), call); err != nil {
		t.Errorf("without a gradient: %v", err)
	}
}

func TestLossCallsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		want  error
		spoil func(*core.LossCall)
	}{
		"rows of views": {core.ErrShape, func(c *core.LossCall) { c.Predictions = tensor.New(tensor.Float32, 3, 2) }},
		"width":         {core.ErrShape, func(c *core.LossCall) { c.Predictions = tensor.New(tensor.Float32, 2, 3) }},
		"weights":       {core.ErrShape, func(c *core.LossCall) { c.Weights = tensor.New(tensor.Float32, 1) }},
		"gradient":      {core.ErrShape, func(c *core.LossCall) { c.GradPredictions = tensor.New(tensor.Float32, 4) }},
		"many rows": {core.ErrNotPlanned, func(c *core.LossCall) {
			c.Predictions = tensor.New(tensor.Float32, 6, 2)
		}},
	} {
		call := lossCall()
		c.spoil(&call)
		if _, err := pairs(t).Evaluate(context.Background(), call); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := Loss(lengths).Evaluate(context.Background(), lossCall()); !errors.Is(err, core.ErrNotPlanned) {
		t.Errorf("no plan: %v", err)
	}
	_, err := Loss(lengths).Plan(core.LossInput{Outputs: 2, TargetWidth: 2, Rows: 4})
	if !errors.Is(err, core.ErrShape) {
		t.Errorf("a loss that is no scalar: %v", err)
	}
}
