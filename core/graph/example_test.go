package graph_test

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// A head: the mean of every sample's frame features, then two linear layers.
func Example() {
	mlp := func(b *graph.Builder) {
		frames := b.Input("features", tensor.Float32, graph.Sym("N"), graph.Fixed(4))
		offsets := b.Input("offsets", tensor.Int32, graph.Sym("B").Plus(1))
		x := graph.SegmentMean(frames, offsets)
		for i, width := range []int{8, 2} {
			if i > 0 {
				x = graph.Dropout(graph.ReLU(x), 0.5)
			}
			w := b.Param(core.Param{Name: fmt.Sprint(i, ".weight"), Shape: []int{width, x.Size(-1)}})
			x = graph.Linear(x, w, b.Param(core.Param{Name: fmt.Sprint(i, ".bias"), Shape: []int{width}}))
		}
		b.Output("logits", x)
	}
	about, err := graph.Plan(graph.Spec{Build: mlp, Limits: map[string]int{"N": 320, "B": 16}, Gradient: true})
	fmt.Println(err, about.Outputs[0].Name, about.Outputs[0].Shape)
	for _, p := range about.Params {
		fmt.Println(p.Name, p.Shape)
	}
	// Output:
	// <nil> logits [B,2]
	// 0.weight [8 4]
	// 0.bias [8]
	// 1.weight [2 8]
	// 1.bias [2]
}
