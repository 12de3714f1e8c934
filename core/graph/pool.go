package graph

import (
	"fmt"

	"montage/core/internal/ir"
	"montage/core/internal/kernel"
	"montage/core/tensor"
)

// MaxPool returns the greatest value under every size×size window of images [N,H,W,C], as
// [N,P,Q,C] with P = (H+2·pad-size)/stride+1 and Q alike. The first of equal values gets
// the gradient. P and Q round down, so a rest at the far edge that fills no window is left
// out.
func MaxPool(x *Node, size, stride, pad int) *Node {
	o := pooling{size, stride, pad}
	return apply(ir.Operator{
		// Where no Backward follows, the places of the maxima are not written, and memory
		// for them is not taken.
		Name: "max_pool", Shape: o.shape, Rowwise: true, Framewise: true, Forgoes: true,
		Saved: func(_ []ir.Shape, out ir.Shape) []ir.SavedTensor {
			return []ir.SavedTensor{{DType: tensor.Int32, Shape: out}}
		},
		Forward: func(c *ir.Call) error {
			var where []int32
			if len(c.Saved) > 0 {
				where = c.Saved[0].Int32s()
			}
			max := kernel.Pool.Max
			if c.Serial {
				max = kernel.Pool.MaxSerial
			}
			max(o.kernel(c.In[0].Shape), c.Out.Float32s(), where, c.In[0].Float32s())
			return nil
		},
		Backward: func(c *ir.Call) error {
			o.kernel(c.In[0].Shape).MaxBackward(c.Grads[0].Float32s(), c.Grad.Float32s(), c.Saved[0].Int32s())
			return nil
		},
	}, x)
}

// AvgPool returns the mean under every size×size window of images [N,H,W,C], as [N,P,Q,C] with
// P = (H+2·pad-size)/stride+1 and Q alike. Padding counts as zeros, as in torch's default.
// P and Q round down.
func AvgPool(x *Node, size, stride, pad int) *Node {
	o := pooling{size, stride, pad}
	return apply(ir.Operator{
		Name: "avg_pool", Shape: o.shape, Rowwise: true, Framewise: true,
		Forward: func(c *ir.Call) error {
			o.kernel(c.In[0].Shape).Avg(c.Out.Float32s(), c.In[0].Float32s())
			return nil
		},
		Backward: func(c *ir.Call) error {
			o.kernel(c.In[0].Shape).AvgBackward(c.Grads[0].Float32s(), c.Grad.Float32s())
			return nil
		},
	}, x)
}

type pooling struct{ size, stride, pad int }

func (o pooling) kernel(x []int) kernel.Pool {
	return kernel.Pool{N: x[0], H: x[1], W: x[2], C: x[3], Size: o.size, Stride: o.stride, Pad: o.pad}
}

func (o pooling) shape(in []ir.Shape) (ir.Shape, error) {
	n, size, err := images(in[0])
	switch {
	case err != nil:
		return nil, err
	// With a padding of at most half the size every window holds a pixel.
	case o.size < 1 || o.stride < 1 || o.pad < 0 || 2*o.pad > o.size:
		return nil, fmt.Errorf("expected size and stride of at least 1 and a padding of 0 to size/2, "+
			"seen %d, %d and %d", o.size, o.stride, o.pad)
	case size[0]+2*o.pad < o.size || size[1]+2*o.pad < o.size:
		return nil, fmt.Errorf("the padded image is smaller than the window: %v with padding %d under %d×%d", in[0],
			o.pad, o.size, o.size)
	}
	h, w := o.kernel(append([]int{1}, size...)).Out()
	return ir.Shape{n, ir.Fixed(h), ir.Fixed(w), ir.Fixed(size[2])}, nil
}

// GlobalAvgPool returns the means [N,C] over the pixels of images [N,H,W,C]. N may be a
// symbol. H, W and C are constants.
func GlobalAvgPool(x *Node) *Node {
	each := func(s []int) kernel.GlobalAvg { return kernel.GlobalAvg{N: s[0], HW: s[1] * s[2], C: s[3]} }
	return apply(ir.Operator{
		Name: "global_avg_pool", Rowwise: true, Framewise: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			n, size, err := images(in[0])
			if err != nil {
				return nil, err
			}
			return ir.Shape{n, ir.Fixed(size[2])}, nil
		},
		Forward: func(c *ir.Call) error {
			k := each(c.In[0].Shape)
			y, x := c.Out.Float32s(), c.In[0].Float32s()
			// One image at a time is too little for the kernel to divide.
			parts(c, k.N, 1, func(lo, hi int) {
				part := kernel.GlobalAvg{N: hi - lo, HW: k.HW, C: k.C}
				part.Forward(y[lo*k.C:hi*k.C], x[lo*k.HW*k.C:hi*k.HW*k.C])
			})
			return nil
		},
		Backward: func(c *ir.Call) error {
			each(c.In[0].Shape).Backward(c.Grads[0].Float32s(), c.Grad.Float32s())
			return nil
		},
	}, x)
}
