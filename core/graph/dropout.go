package graph

import (
	"fmt"

	"montage/core/hint"
	"montage/core/internal/ir"
	"montage/core/rng"
)

// Dropout sets a share p of the numbers of x [S,...] to 0 and divides the others by 1-p, while
// training. Otherwise it returns x.
//
// What is dropped depends on the row's own random key alone, not on its position in the batch: number
// c of a row with key k is dropped by the d-th dropout of a graph when rng.Key(k).At(d).Uniform(c) < p.
//
// The share p is from 0 to below 1. While training the first dimension must be a symbol, and a
// run must have a key for every row of it.
//
// Source: Srivastava et al. 2014. Differs: kept numbers are scaled in training, not in prediction.
func Dropout(x *Node, p float32) *Node {
	// Written so that NaN fails as well.
	if !(p >= 0 && p < 1) {
		return &Node{x.value.Graph.Fail(fmt.Errorf("dropout: expected a share of 0 to below 1, seen %v", p))}
	}
	if !x.value.Graph.Train || p == 0 {
		return x
	}
	// Two dropouts of a graph must not drop alike, so the number is part of the random
	// stream.
	d := dropout{p: p, number: x.value.Graph.NextDropout()}
	if s := x.Shape(); len(s) > 0 {
		d.symbol = s[0].Sym
	}
	return apply(ir.Operator{
		Name:    "dropout",
		Rowwise: true,
		Random:  true,
		Shape:   d.shape,
		Forward: func(c *ir.Call) error { return d.mask(c, c.Out.Float32s(), c.In[0].Float32s()) },
		// No mask is kept: the keys give the same one again, also when a forward is
		// repeated in pieces.
		Backward: func(c *ir.Call) error { return d.mask(c, c.Grads[0].Float32s(), c.Grad.Float32s()) },
	}, x)
}

type dropout struct {
	p      float32
	number uint64
	symbol string
}

func (d dropout) shape(in []ir.Shape) (ir.Shape, error) {
	// Keys come one for each row of a symbol, and N+1 rows would have none for the last.
	if d.symbol == "" || in[0][0].Size != 0 {
		return nil, fmt.Errorf("expected rows that a symbol counts, such as [N,D], seen %v", in[0])
	}
	return in[0], nil
}

// mask drops the same numbers in both directions.
func (d dropout) mask(c *ir.Call, out, in []float32) error {
	keys, rows := c.Keys(d.symbol), c.In[0].Shape[0]
	if len(keys) != rows {
		return hint.With(fmt.Errorf("expected %d random keys for the rows of %s, seen %d", rows, d.symbol, len(keys)),
			"hand in a key for every row of %s", d.symbol)
	}
	// No rows would be divided by below.
	if rows == 0 {
		return nil
	}
	cols, keep := len(in)/rows, 1/(1-d.p)
	for r, k := range keys {
		key := rng.Key(k).At(d.number)
		for i := range cols {
			v := in[r*cols+i] * keep
			if key.Uniform(uint64(i)) < d.p {
				v = 0
			}
			out[r*cols+i] = v
		}
	}
	return nil
}
