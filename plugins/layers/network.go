package layers

import (
	"fmt"
	"math"

	"montage/core"
	"montage/core/graph"
)

// network builds one graph.
type network struct {
	b *graph.Builder
	// first is the index of the first trainable layer, outputs the width that the branch
	// needs of a head.
	first, outputs int
	frozen         bool // of the layer that is being built
}

// run builds the outermost layers.
func (n network) run(x *graph.Node, steps []fieldStep) *graph.Node {
	for i, s := range steps {
		n.frozen = i < n.first
		x = n.build(x, s)
	}
	return x
}

// build builds one layer, after checking that it accepts its input.
func (n network) build(x *graph.Node, s fieldStep) *graph.Node {
	switch shape := x.Shape(); {
	case len(shape) == 4 && !s.kind.images:
		return n.fail(s.path, fmt.Sprintf("%s takes rows [N,D], but is fed images %v", s.kind.name, shape),
			`put { kind = "globalpool" } or { kind = "flatten" } before it`)
	case len(shape) == 2 && !s.kind.rows:
		return n.fail(s.path, fmt.Sprintf("%s takes images [N,H,W,C], but is fed rows %v", s.kind.name, shape),
			"move it before the layer that makes rows of images")
	}
	return s.kind.build(n, x, s)
}

func (n network) fail(path, problem, hint string) *graph.Node {
	return n.b.Fail(&core.OptionError{Path: path, Problem: problem, Hint: hint})
}

// weights declares a parameter drawn like those of torch.nn's layers.
func (n network) weights(name string, inputs int, shape ...int) *graph.Node {
	return n.b.Param(core.Param{Name: name, Shape: shape, Frozen: n.frozen, NoDecay: len(shape) == 1,
		Init: core.Init{Kind: "uniform", Value: 1 / math.Sqrt(float64(inputs))}})
}

// fits reports a window that is larger than the padded image.
func (n network) fits(x *graph.Node, s fieldStep, size, pad int) bool {
	shape := x.Shape()
	if len(shape) != 4 || min(shape[1].Size, shape[2].Size)+2*pad >= size {
		return true
	}
	n.fail(s.path+".size", fmt.Sprintf("%s has windows of %d pixels, but is fed images %v with %d on each side",
		s.kind.name, size, shape, pad),
		"use fewer strides before it, a smaller window or larger frames")
	return false
}

func (n network) conv(x *graph.Node, s fieldStep) *graph.Node {
	out, size, stride, pad := s.values["out"].(int), s.values["size"].(int), s.values["stride"].(int),
		s.values["pad"].(int)
	if pad < 0 {
		pad = size / 2
	}
	if !n.fits(x, s, size, pad) {
		return x
	}
	in := x.Size(3)
	y := graph.Conv2D(x, n.weights(s.name+".weight", in*size*size, out, in, size, size), stride, pad)
	if !s.values["bias"].(bool) {
		return y
	}
	return graph.Add(y, n.weights(s.name+".bias", in*size*size, out))
}

func (n network) maxpool(x *graph.Node, s fieldStep) *graph.Node { return n.pool(x, s, graph.MaxPool) }

func (n network) avgpool(x *graph.Node, s fieldStep) *graph.Node { return n.pool(x, s, graph.AvgPool) }

func (n network) pool(x *graph.Node, s fieldStep, pool func(x *graph.Node, size, stride,
	pad int) *graph.Node) *graph.Node {
	size, stride, pad := s.values["size"].(int), s.values["stride"].(int), s.values["pad"].(int)
	if stride == 0 {
		stride = size
	}
	if 2*pad > size {
		return n.fail(s.path+".pad", fmt.Sprintf("pad = %d is more than half of size = %d", pad, size),
			fmt.Sprintf("use at most %d", size/2))
	}
	if !n.fits(x, s, size, pad) {
		return x
	}
	return pool(x, size, stride, pad)
}

func (n network) globalpool(x *graph.Node, _ fieldStep) *graph.Node { return graph.GlobalAvgPool(x) }

func (n network) flatten(x *graph.Node, _ fieldStep) *graph.Node { return graph.Flatten(x) }

func (n network) linear(x *graph.Node, s fieldStep) *graph.Node {
	out, in := s.values["out"].(int), x.Size(1)
	if out == 0 {
		out = n.outputs
	}
	if out == 0 {
		return n.fail(s.path+".out", "linear has no width", "set out to the width of its output")
	}
	return graph.Linear(x, n.weights(s.name+".weight", in, out, in), n.weights(s.name+".bias", in, out))
}

func (n network) norm(x *graph.Node, s fieldStep) *graph.Node {
	param := func(suffix string, value float64) core.Param {
		return core.Param{Name: s.name + "." + suffix, Shape: []int{x.Size(-1)}, Frozen: n.frozen, NoDecay: true,
			Init: core.Init{Kind: "constant", Value: value}}
	}
	return graph.BatchNorm(x, graph.Norm{
		Scale: n.b.Param(param("weight", 1)), Shift: n.b.Param(param("bias", 0)),
		Mean: n.b.Buffer(param("running_mean", 0)), Variance: n.b.Buffer(param("running_var", 1)),
		Batch: !n.frozen,
	})
}

// residual adds the input to the output of the inner layers.
func (n network) residual(x *graph.Node, s fieldStep) *graph.Node {
	y := x
	for _, inner := range s.inner {
		y = n.build(y, inner)
	}
	if len(y.Shape()) == 0 || x.Shape().Equal(y.Shape()) {
		return graph.Add(y, x)
	}
	return graph.Add(y, n.shortcut(x, y, s))
}

// shortcut brings x to the shape of y.
func (n network) shortcut(x, y *graph.Node, s fieldStep) *graph.Node {
	from, to := x.Shape(), y.Shape()
	if len(from) == 2 && len(to) == 2 {
		in := x.Size(1)
		return graph.Linear(x, n.weights(s.name+".shortcut.weight", in, y.Size(1), in), nil)
	}
	if len(from) == 4 && len(to) == 4 {
		in, h, w := x.Size(3), x.Size(1), x.Size(2)
		stride := (h + to[1].Size - 1) / to[1].Size
		if (h-1)/stride+1 == to[1].Size && (w-1)/stride+1 == to[2].Size {
			return graph.Conv2D(x, n.weights(s.name+".shortcut.weight", in, y.Size(3), in, 1, 1), stride, 0)
		}
	}
	return n.fail(s.path+".layers", fmt.Sprintf("the inner layers turn %v into %v, to which no 1×1 shortcut leads",
		from, to),
		"let the inner layers keep the size of images, or shrink it by strides")
}
