package graph_test

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

// A head: the mean of every sample's frame features, then two linear layers.
func Example() {
	mlp := sdk.Head(func(b *graph.Builder, in sdk.HeadInput) *graph.Node {
		x := graph.SegmentMean(in.Features, in.Offsets)
		for i, width := range []int{8, 2} {
			if i > 0 {
				x = graph.Dropout(graph.ReLU(x), 0.5)
			}
			w := b.Param(core.Param{Name: fmt.Sprint(i, ".weight"), Shape: []int{width, x.Size(-1)}})
			x = graph.Linear(x, w, b.Param(core.Param{Name: fmt.Sprint(i, ".bias"), Shape: []int{width}}))
		}
		return x
	})
	plan, err := mlp.Plan(core.ModuleInput{Features: 4, Frames: 320, Rows: 16})
	fmt.Println(err, plan.Outputs, "outputs")
	for _, p := range plan.Params {
		fmt.Println(p.Name, p.Shape)
	}
	// Output:
	// <nil> 2 outputs
	// 0.weight [8 4]
	// 0.bias [8]
	// 1.weight [2 8]
	// 1.bias [2]
}
