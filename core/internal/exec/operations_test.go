package exec_test

import (
	"slices"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// TestOperations counts a multiplication and an addition for every product, of one
// frame, where the parameter is that the operator reads or the one before it read.
func TestOperations(t *testing.T) {
	about, err := exec.Plan(exec.Spec{
		Limits: map[string]int{"N": 3},
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Sym("N"), graph.Fixed(8), graph.Fixed(8), graph.Fixed(4))
			x = graph.Conv2D(x, b.Param(core.Param{Name: "conv", Shape: []int{16, 4, 3, 3}}), 2, 1)
			x = graph.GlobalAvgPool(graph.Add(x, b.Param(core.Param{Name: "bias", Shape: []int{16}})))
			x = graph.Linear(x, b.Param(core.Param{Name: "linear", Shape: []int{5, 16}}), nil)
			w := b.Param(core.Param{Name: "matrix", Shape: []int{5, 7}})
			x = graph.MatMul(graph.MatMul(x, w, false, false), w, false, true)
			b.Output("y", x)
		}),
	})
	if want := []int64{2 * 4 * 4 * 16 * 4 * 9, 0, 2 * 16 * 5, 2 * 2 * 5 * 7}; err != nil ||
		!slices.Equal(about.Operations, want) {
		t.Errorf("%v, %v, want %v", about.Operations, err, want)
	}
}
