package graph

import (
	"fmt"
	"math"

	"montage/core/hint"
	"montage/core/internal/ir"
	"montage/core/internal/kernel"
	"montage/core/tensor"
)

// Norm is what a batch normalisation works with. All four nodes are [C]. All are float32.
type Norm struct {
	Scale, Shift   *Node // parameters; torch's weight and bias
	Mean, Variance *Node // buffers; torch's running_mean and running_var
	// Batch normalises with the statistics of the batch while training, and
	// updates the buffers. Otherwise, and when not training, the buffers serve.
	Batch bool
}

// Torch's defaults, with which the published weights were trained.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.1
)

// BatchNorm normalises x [...,C] by channel: scale·(x-mean)/√(variance+1e-5) + shift.
//
// With Norm.Batch and while training, mean and variance are the batch's, and the gradient flows
// through them. The buffers move by 0.1 towards them; the variance put into the buffer is the
// unbiased one. All that is as in torch. Fewer than two values per channel are an error of the run.
//
// Source: Ioffe and Szegedy 2015, algorithm 1.
func BatchNorm(x *Node, n Norm) *Node {
	if x == nil || !n.Batch || !x.value.Graph.Train {
		return apply(ir.Operator{
			Name: "batch_norm_frozen", NeedIn: []int{0, 1, 3, 4}, Constant: []int{3, 4},
			Shape: channels, Forward: normForward, Backward: normBackwardFrozen, Rowwise: true,
			Role: ir.FrozenNorm{Epsilon: normEpsilon}, Framewise: true, InPlace: true,
		}, x, n.Scale, n.Shift, n.Mean, n.Variance)
	}
	// One node for both, so that x is read once, and normalisation and buffers see the same
	// bits.
	stats := batchStatistics(x)
	for i, buffer := range []*Node{n.Mean, n.Variance} {
		x.value.Graph.Update(buffer.data(), moved(buffer, stats, x, i).data())
	}
	return apply(ir.Operator{
		Name: "batch_norm", NeedIn: []int{0, 1, 3}, Constant: []int{3},
		// The statistics are [2,C], so they are left out of the check.
		Shape:   func(in []ir.Shape) (ir.Shape, error) { return channels(in[:3]) },
		Forward: normForward, Backward: normBackwardBatch, Rowwise: true,
		Statistic: true, InPlace: true,
	}, x, n.Scale, n.Shift, stats)
}

// normRows is the number of rows that the kernel takes with one thread.
const normRows = 256

// channels checks that all further inputs are [C] for a first input [...,C].
func channels(in []ir.Shape) (ir.Shape, error) {
	x := in[0]
	if len(x) < 2 {
		return nil, fmt.Errorf("expected rows of channels [...,C], seen %v", x)
	}
	for _, s := range in[1:] {
		if len(s) != 1 || s[0] != x[len(x)-1] {
			return nil, fmt.Errorf("expected [%v] for every channel's numbers, seen %v", x[len(x)-1], s)
		}
	}
	return x, nil
}

// All dimensions before the channels count as rows.
func normKernel(x []int) kernel.BatchNorm {
	rows, c := grid(x)
	return kernel.BatchNorm{Rows: rows, C: c, Eps: normEpsilon}
}

// statistics returns mean and variance, which come as two inputs or as one [2,C].
func statistics(c *ir.Call) (mean, variance []float32) {
	s := c.In[3].Float32s()
	if len(c.In) == 5 {
		return s, c.In[4].Float32s()
	}
	return s[:len(s)/2], s[len(s)/2:]
}

func normForward(c *ir.Call) error {
	mean, variance := statistics(c)
	k := normKernel(c.In[0].Shape)
	y, x := c.Out.Float32s(), c.In[0].Float32s()
	parts(c, k.Rows, normRows, func(lo, hi int) {
		part := kernel.BatchNorm{Rows: hi - lo, C: k.C, Eps: k.Eps}
		part.Apply(y[lo*k.C:hi*k.C], x[lo*k.C:hi*k.C], mean, variance, c.In[1].Float32s(), c.In[2].Float32s())
	})
	return nil
}

func normBackwardFrozen(c *ir.Call) error {
	mean, variance := statistics(c)
	normKernel(c.In[0].Shape).BackwardFrozen(c.Grads[0].Float32s(), c.Grads[1].Float32s(), c.Grads[2].Float32s(),
		c.In[0].Float32s(), c.Grad.Float32s(), mean, variance, c.In[1].Float32s())
	return nil
}

func normBackwardBatch(c *ir.Call) error {
	mean, variance := statistics(c)
	normKernel(c.In[0].Shape).BackwardBatch(c.Grads[0].Float32s(), c.Grads[1].Float32s(), c.Grads[2].Float32s(),
		c.In[0].Float32s(), c.Grad.Float32s(), mean, variance, c.In[1].Float32s())
	return nil
}

// batchStatistics returns mean and biased variance of x [...,C] as [2,C]. No
// gradient passes: the normalisation's own backward accounts for it.
func batchStatistics(x *Node) *Node {
	return apply(ir.Operator{
		Name: "batch_statistics", Statistic: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			if _, err := channels(in); err != nil {
				return nil, err
			}
			return ir.Shape{ir.Fixed(2), in[0][len(in[0])-1]}, nil
		},
		Forward: func(c *ir.Call) error {
			k := normKernel(c.In[0].Shape)
			if k.Rows < 2 {
				return hint.With(fmt.Errorf("expected at least 2 values per channel for batch statistics, seen %d",
					k.Rows), "use larger batches, or the running statistics")
			}
			s := c.Out.Float32s()
			k.Stats(s[:k.C], s[k.C:], c.In[0].Float32s())
			return nil
		},
	}, x)
}

// moved returns a buffer after one step towards the batch's statistic. x is there for its
// number of rows alone. The operator has no Backward, so nothing is kept for it.
func moved(buffer, stats, x *Node, which int) *Node {
	return apply(ir.Operator{
		Name: "moving_statistics", Statistic: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) { return in[0], nil },
		Forward: func(c *ir.Call) error {
			out, was := c.Out.Float32s(), c.In[0].Float32s()
			now := c.In[1].Float32s()[which*len(out):]
			unbias := 1.0
			// n/(n-1) makes the variance unbiased. Statistics of fewer than two rows are an
			// error before.
			if rows := float64(normKernel(c.In[2].Shape).Rows); which == 1 {
				unbias = rows / (rows - 1)
			}
			for i, v := range was {
				out[i] = float32((1-normMomentum)*float64(v) + normMomentum*unbias*float64(now[i]))
			}
			return nil
		},
	}, buffer, stats, x)
}

// L2Normalize divides every row of x [R,D] by its Euclidean length, or by 1e-12 where that is
// greater, as torch's normalize does. A row of zeros stays as it is.
func L2Normalize(x *Node) *Node {
	return apply(ir.Operator{
		Name: "l2_normalize", NeedOut: true, Rowwise: true,
		Shape: matrix,
		Saved: func(in []ir.Shape, _ ir.Shape) []ir.SavedTensor {
			return []ir.SavedTensor{{DType: tensor.Float32, Shape: in[0][:1]}}
		},
		Forward: func(c *ir.Call) error {
			lengths := c.Saved[0].Float32s()
			eachRow(c.Out, c.In[0], func(r int, y, x []float32) {
				// In double precision the squares neither overflow nor vanish.
				lengths[r] = float32(max(math.Sqrt(dot(x, x)), tiny))
				for i, v := range x {
					y[i] = v / lengths[r]
				}
			})
			return nil
		},
		Backward: func(c *ir.Call) error {
			lengths, out := c.Saved[0].Float32s(), c.Out.Float32s()
			eachRow(c.Grads[0], c.Grad, func(r int, dx, dy []float32) {
				y := out[r*len(dy) : (r+1)*len(dy)]
				// With y = x/|x|, dx = (dy - y·(y·dy))/|x|: what lies along y does not
				// change the length 1.
				along := float32(dot(y, dy))
				if lengths[r] <= tiny {
					along = 0 // the divisor is constant there
				}
				for i, d := range dy {
					dx[i] = (d - along*y[i]) / lengths[r]
				}
			})
			return nil
		},
	}, x)
}

// tiny keeps a row of zeros from being divided by its length.
const tiny = 1e-12

func matrix(in []ir.Shape) (ir.Shape, error) {
	if len(in[0]) != 2 {
		return nil, fmt.Errorf("expected a matrix [R,D], seen %v", in[0])
	}
	return in[0], nil
}

// eachRow calls f for the rows of two tensors that have as many.
func eachRow(out, in tensor.Tensor, f func(r int, y, x []float32)) {
	rows, cols := grid(in.Shape)
	if rows == 0 {
		return
	}
	y, x := out.Float32s(), in.Float32s()
	// The two may differ in width: a sum has one number for a row of many.
	wide := len(y) / rows
	for r := range rows {
		f(r, y[r*wide:(r+1)*wide], x[r*cols:(r+1)*cols])
	}
}

// In double precision and in the order of the elements, so the bits never change.
func dot(a, b []float32) float64 {
	total := 0.0
	for i, v := range a {
		total += float64(v) * float64(b[i])
	}
	return total
}
