package projection

import (
	"fmt"
	"math"

	"montage/core"
	"montage/core/graph"
)

// hiddenLayer is a Linear, with a BatchNorm if norm is set.
type hiddenLayer struct {
	b           *graph.Builder
	number, out int
	norm, last  bool
}

// build: rows [R,in] give rows [R,out].
func (l hiddenLayer) build(x *graph.Node) *graph.Node {
	in := x.Size(1)
	init := core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(in))}
	name := fmt.Sprintf("linear%d.", l.number)
	w := l.b.Param(core.Param{Name: name + "weight", Shape: []int{l.out, in}, Init: init})
	if l.norm {
		return l.normalise(graph.Linear(x, w, nil))
	}
	return graph.Linear(x, w, l.b.Param(core.Param{Name: name + "bias", Shape: []int{l.out}, Init: init,
		NoDecay: true}))
}

// normalise uses the statistics of the batch in training. The last layer's shift is frozen at
// 0, because the published code has none.
func (l hiddenLayer) normalise(x *graph.Node) *graph.Node {
	param := func(name string, value float64) core.Param {
		return core.Param{Name: fmt.Sprintf("bn%d.%s", l.number, name), Shape: []int{l.out},
			Init: core.Init{Kind: "constant", Value: value}, NoDecay: true}
	}
	shift := param("bias", 0)
	shift.Frozen = l.last
	return graph.BatchNorm(x, graph.Norm{
		Scale: l.b.Param(param("weight", 1)), Shift: l.b.Param(shift),
		Mean: l.b.Buffer(param("running_mean", 0)), Variance: l.b.Buffer(param("running_var", 1)), Batch: true,
	})
}
