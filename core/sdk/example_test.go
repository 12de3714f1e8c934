package sdk_test

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
	"montage/core/tensor"
)

// A loss is one function from predictions to a scalar; the gradient is derived.
func ExampleLoss() {
	absolute := sdk.Loss(func(_ *graph.Builder, in sdk.LossInput) *graph.Node {
		rows := graph.SumLast(graph.Abs(graph.Sub(in.Predictions, in.Targets)))
		return graph.MeanAll(graph.Mul(rows, in.Weights))
	})
	if _, err := absolute.Plan(core.LossInput{Outputs: 2, TargetWidth: 2, Target: core.TargetVector,
		Rows: 8}); err != nil {
		fmt.Println(err)
	}
	gradient := tensor.New(tensor.Float32, 2, 2)
	value, err := absolute.Evaluate(context.Background(), core.LossCall{
		Predictions:     tensor.FromFloat32([]float32{1, 2, 3, 4}, 2, 2),
		Targets:         tensor.FromFloat32([]float32{0, 2, 5, 4}, 2, 2),
		Weights:         tensor.FromFloat32([]float32{1, 1}),
		GradPredictions: gradient,
	})
	fmt.Println(value, gradient.Float32s(), err)
	// Output: 1.5 [0.5 0 -0.5 0] <nil>
}

// A head declares its parameters where it uses them.
func ExampleHead() {
	head := sdk.Head(func(b *graph.Builder, in sdk.HeadInput) *graph.Node {
		w := b.Param(core.Param{Name: "linear.weight", Shape: []int{in.Outputs, in.Features.Size(1)},
			Init: core.Init{Kind: "normal", Value: 0.01}})
		return graph.Linear(graph.SegmentMean(in.Features, in.Offsets), w, nil)
	})
	plan, err := head.Plan(core.ModuleInput{Features: 512, Outputs: 6, Frames: 320, Rows: 16})
	fmt.Println(plan.Params[0].Shape, plan.Outputs, plan.Stages[0].Output, err)
	// Output: [6 512] 6 [R,6] <nil>
}
