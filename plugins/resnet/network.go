package resnet

import (
	"fmt"
	"math"

	"montage/core"
	"montage/core/graph"
)

// mean and deviation are ImageNet's, for pixels in [0,1]. The published weights were trained
// with them.
var (
	mean      = [3]float32{0.485, 0.456, 0.406}
	deviation = [3]float32{0.229, 0.224, 0.225}
)

// architecture is what distinguishes the members of the family.
type architecture struct {
	blocks     [4]int // in layer1 to layer4
	bottleneck bool
}

// expansion is the factor from a block's inner to its outer channels.
func (a architecture) expansion() int {
	if a.bottleneck {
		return 4
	}
	return 1
}

func (a architecture) widthDoc() string { return fmt.Sprintf("%d·width", 8*a.expansion()) }

// network builds one graph.
type network struct {
	architecture
	options
	b *graph.Builder
	// trainable reports whether the stage under construction is trained.
	trainable bool
}

// features turns frames [N,S,S,3] into [N,D].
func (n *network) features(frames *graph.Node) *graph.Node {
	n.trainable = n.trains(stages[0])
	x := graph.Normalize(frames, mean, deviation)
	x = n.conv(x, convolution{"conv1", n.Width, 7, 2})
	x = graph.ReLU(n.norm(x, "bn1"))
	x = graph.MaxPool(x, 3, 2, 1)
	for i, blocks := range n.blocks {
		n.trainable = n.trains(stages[i+1])
		for j := range blocks {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			x = n.block(x, fmt.Sprintf("%s.%d.", stages[i+1], j), n.Width<<i, stride)
		}
	}
	return graph.GlobalAvgPool(x)
}

// block is one residual block: ReLU(inner(x) + x). A 1×1 convolution projects x if inner
// changes the shape.
func (n *network) block(x *graph.Node, prefix string, width, stride int) *graph.Node {
	steps := []convolution{{"conv1", width, 3, stride}, {"conv2", width, 3, 1}}
	if n.bottleneck {
		steps = []convolution{{"conv1", width, 1, 1}, {"conv2", width, 3, stride}, {"conv3", 4 * width, 1, 1}}
	}
	y := x
	for i, c := range steps {
		c.name = prefix + c.name
		y = n.norm(n.conv(y, c), fmt.Sprintf("%sbn%d", prefix, i+1))
		if i < len(steps)-1 {
			y = graph.ReLU(y)
		}
	}
	out := width * n.expansion()
	if stride != 1 || x.Size(3) != out {
		x = n.norm(n.conv(x, convolution{prefix + "downsample.0", out, 1, stride}), prefix+"downsample.1")
	}
	return graph.ReLU(graph.Add(y, x))
}

// convolution is a square convolution without bias, padded to keep the size at stride 1.
type convolution struct {
	name              string
	out, size, stride int
}

func (n *network) conv(x *graph.Node, c convolution) *graph.Node {
	// He initialisation for ReLU, scaled by the outputs (fan-out) as in torchvision.
	deviation := math.Sqrt(2 / float64(c.out*c.size*c.size))
	w := n.b.Param(core.Param{Name: c.name + ".weight", Shape: []int{c.out, x.Size(3), c.size, c.size},
		Init: core.Init{Kind: "normal", Value: deviation}, Frozen: !n.trainable})
	return graph.Conv2D(x, w, c.stride, c.size/2)
}

func (n *network) norm(x *graph.Node, name string) *graph.Node {
	channels := []int{x.Size(3)}
	param := func(suffix string, value float64) core.Param {
		return core.Param{Name: name + "." + suffix, Shape: channels, Init: core.Init{Kind: "constant", Value: value},
			Frozen: !n.trainable, NoDecay: true}
	}
	return graph.BatchNorm(x, graph.Norm{
		Scale: n.b.Param(param("weight", 1)), Shift: n.b.Param(param("bias", 0)),
		Mean: n.b.Buffer(param("running_mean", 0)), Variance: n.b.Buffer(param("running_var", 1)),
		Batch: n.trainable && n.Batchnorm == "batch",
	})
}
