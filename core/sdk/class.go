package sdk

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
)

// ClassWeights declares the option [core.ClassWeights] for a loss that multiplies what each
// class adds to it. [PerClass] applies its values.
func ClassWeights() core.Option {
	return core.Option{Name: core.ClassWeights, Type: core.TypeFloats, Default: []float64{}, Min: new(0.0),
		Max: new(1e6), Doc: "factor of each class on its part of the loss, in the order of the classes; [] is 1 each"}
}

// PerClass returns x [R,K] times the factor of each class, and x itself without factors. A
// list that is not of length K fails the builder with an error of the named option.
func PerClass(b *graph.Builder, x *graph.Node, option string, factors []float64) *graph.Node {
	if len(factors) == 0 {
		return x
	}
	if classes := x.Size(1); len(factors) != classes {
		return b.Fail(&core.OptionError{Path: option,
			Problem: fmt.Sprintf("%s has %d values, expected %d, one for each class", option, len(factors), classes),
			Hint:    "runner plan lists the classes in their order"})
	}
	narrow := make([]float32, len(factors))
	for k, factor := range factors {
		narrow[k] = float32(factor)
	}
	return graph.ScaleColumns(x, narrow)
}
