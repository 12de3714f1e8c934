package graph

import (
	"fmt"

	"montage/core/internal/ir"
	"montage/core/internal/kernel"
	"montage/core/tensor"
)

// Conv2D convolves images x [N,H,W,C] with weights w [K,C,R,S], torchvision's layout, and returns
// [N,P,Q,K] with P = (H+2·pad-R)/stride+1 and Q alike. Padding is zeros. There is no bias: add
// one [K] with [Add].
func Conv2D(x, w *Node, stride, pad int) *Node {
	c := convolution{stride, pad}
	return apply(ir.Operator{
		Name: "conv2d", NeedIn: []int{0, 1}, Shape: c.shape, Forward: c.forward, Backward: c.backward,
		Rowwise: true, Operations: c.operations, Role: ir.Convolution{Stride: stride, Pad: pad},
	}, x, w)
}

type convolution struct{ stride, pad int }

func (o convolution) kernel(x, w []int) kernel.Conv2D {
	return kernel.Conv2D{Stride: o.stride, Pad: o.pad}.Over(x, w)
}

// A multiplication and an addition for every weight, at each place of the result.
func (o convolution) operations(in []ir.Shape) int64 {
	x, w := in[0].At(nil), in[1].At(nil)
	p, q := o.kernel(x, w).Out()
	return 2 * int64(x[0]*p*q*w[0]*w[1]*w[2]*w[3])
}

// Window and channels are constants. Only the number of images may be a symbol.
func (o convolution) shape(in []ir.Shape) (ir.Shape, error) {
	n, size, err := images(in[0])
	if err != nil {
		return nil, err
	}
	w, err := in[1].Constants()
	switch {
	case err != nil:
		return nil, err
	case len(w) != 4:
		return nil, fmt.Errorf("expected weights [K,C,R,S], seen %v", in[1])
	case w[1] != size[2]:
		return nil, fmt.Errorf("expected weights of %d channels [K,%d,R,S], seen %v", size[2], size[2], in[1])
	case o.stride < 1 || o.pad < 0:
		return nil, fmt.Errorf("expected a stride of at least 1 and a padding of at least 0, seen %d and %d",
			o.stride, o.pad)
	case size[0]+2*o.pad < w[2] || size[1]+2*o.pad < w[3]:
		return nil, fmt.Errorf("the padded image is smaller than the window: %v with padding %d under %v",
			in[0], o.pad, in[1])
	}
	// The number of images has no part in P and Q, so one stands for a symbol.
	p, q := o.kernel(append([]int{1}, size...), w).Out()
	return ir.Shape{n, ir.Fixed(p), ir.Fixed(q), ir.Fixed(w[0])}, nil
}

func (o convolution) forward(c *ir.Call) error {
	o.kernel(c.In[0].Shape, c.In[1].Shape).Forward(c.Out.Float32s(), c.In[0].Float32s(), c.In[1].Float32s())
	return nil
}

func (o convolution) backward(c *ir.Call) error {
	k := o.kernel(c.In[0].Shape, c.In[1].Shape)
	// The first convolution of a network has pixels before it, to which no gradient passes.
	if dx := c.Grads[0]; !dx.IsZero() {
		k.BackwardData(dx.Float32s(), c.Grad.Float32s(), c.In[1].Float32s())
	}
	if dw := c.Grads[1]; !dw.IsZero() {
		k.BackwardWeights(dw.Float32s(), c.In[0].Float32s(), c.Grad.Float32s())
	}
	return nil
}

// images splits the shape of images [N,H,W,C] into N and the constant H, W, C. It is an
// error if one of them is a symbol.
func images(s ir.Shape) (ir.Dim, []int, error) {
	if len(s) != 4 {
		return ir.Dim{}, nil, fmt.Errorf("expected images [N,H,W,C], seen %v", s)
	}
	size, err := s[1:].Constants()
	return s[0], size, err
}

// Normalize returns (x/255 - mean)/std as float32 for pixels x, uint8 [...,3], 0 to 255. Mean and
// std are by colour channel. No gradient passes to pixels.
func Normalize(x *Node, mean, std [3]float32) *Node {
	return apply(ir.Operator{
		Name: "normalize", In: []tensor.DType{tensor.Uint8}, Rowwise: true, Framewise: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			s := in[0]
			if len(s) == 0 || s[len(s)-1] != ir.Fixed(3) {
				return nil, fmt.Errorf("expected pixels [...,3], seen %v", s)
			}
			return s, nil
		},
		Forward: func(c *ir.Call) error {
			y, x := c.Out.Float32s(), c.In[0].Uint8s()
			// A multiple of 3, so that every part begins with the first colour.
			parts(c, len(x), 3<<14, func(lo, hi int) { kernel.Normalize(y[lo:hi], x[lo:hi], mean, std) })
			return nil
		},
	}, x)
}
