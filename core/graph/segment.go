package graph

import (
	"fmt"
	"math"

	"montage/core/internal/ir"
	"montage/core/tensor"
)

// With int32 offsets o [B+1], segment b of x [N,D] is the rows from o[b] to before o[b+1].
// Offsets begin with 0, never fall and end with N. Anything else is an error of the run,
// because offsets come from outside.

// SegmentSum adds the rows of every segment: x [N,D] and offsets int32 [B+1] give [B,D].
// An empty segment gives zeros.
func SegmentSum(x, offsets *Node) *Node {
	return segmentSums(x, offsets, "segment_sum", func(int) float32 { return 1 })
}

// SegmentMean returns the mean row of every segment: x [N,D] and offsets int32 [B+1] give [B,D].
// An empty segment gives zeros.
func SegmentMean(x, offsets *Node) *Node {
	return segmentSums(x, offsets, "segment_mean", func(rows int) float32 { return 1 / float32(max(rows, 1)) })
}

// weight is what a segment of so many rows multiplies its sum by.
func segmentSums(x, offsets *Node, name string, weight func(rows int) float32) *Node {
	return apply(segmentOp(ir.Operator{
		// Backward needs the offsets alone, which segmentOp adds.
		Name: name, Shape: segmentRows,
		Forward: func(c *ir.Call) error {
			out := c.Out.Float32s()
			// Rows are added to it, and an empty segment has none that would write it.
			clear(out)
			return eachSegment(c, func(s rowSegment) {
				y := out[s.index*s.cols : (s.index+1)*s.cols]
				for r := s.from; r < s.to; r++ {
					addRow(y, y, s.row(c.In[0], r))
				}
				w := weight(s.to - s.from)
				for i := range y {
					y[i] *= w
				}
			})
		},
		Backward: func(c *ir.Call) error {
			return eachSegment(c, func(s rowSegment) {
				dy, w := s.row(c.Grad, s.index), weight(s.to-s.from)
				for r := s.from; r < s.to; r++ {
					dx := s.row(c.Grads[0], r)
					for i, d := range dy {
						dx[i] = w * d
					}
				}
			})
		},
	}), x, offsets)
}

// SegmentMax returns the greatest number of every column of every segment: x [N,D] and offsets int32
// [B+1] give [B,D]. The first of equal numbers gets the gradient. An empty segment is an error of
// the run.
func SegmentMax(x, offsets *Node) *Node {
	return apply(segmentOp(ir.Operator{
		Name: "segment_max", Shape: segmentRows,
		Saved: func(_ []ir.Shape, out ir.Shape) []ir.SavedTensor {
			return []ir.SavedTensor{{DType: tensor.Int32, Shape: out}}
		},
		Forward: func(c *ir.Call) error {
			empty := -1
			err := eachSegment(c, func(s rowSegment) {
				if s.from == s.to {
					empty = s.index
					return
				}
				at := c.Saved[0].Int32s()[s.index*s.cols : (s.index+1)*s.cols]
				s.argmax(c.In[0], at)
				y := s.row(c.Out, s.index)
				for j, r := range at {
					y[j] = s.row(c.In[0], int(r))[j]
				}
			})
			if err == nil && empty >= 0 {
				err = fmt.Errorf("segment %d has no rows, so it has no maximum", empty)
			}
			return err
		},
		Backward: func(c *ir.Call) error {
			clear(c.Grads[0].Float32s())
			return eachSegment(c, func(s rowSegment) {
				at := c.Saved[0].Int32s()[s.index*s.cols:]
				for j, d := range s.row(c.Grad, s.index) {
					s.row(c.Grads[0], int(at[j]))[j] = d
				}
			})
		},
	}), x, offsets)
}

// SegmentSoftmax returns the softmax over the rows of every segment, column by column, for weights
// of attention: with offsets int32 [B+1], x [N] gives [N] and x [N,D] gives [N,D].
func SegmentSoftmax(x, offsets *Node) *Node {
	return apply(segmentOp(ir.Operator{
		Name: "segment_softmax", NeedOut: true,
		Shape: func(in []ir.Shape) (ir.Shape, error) {
			_, err := segments(in)
			return in[0], err
		},
		Forward: func(c *ir.Call) error {
			return eachSegment(c, func(s rowSegment) {
				for j := range s.cols {
					s.softmax(c.Out, c.In[0], j)
				}
			})
		},
		Backward: func(c *ir.Call) error {
			return eachSegment(c, func(s rowSegment) {
				for j := range s.cols {
					s.softmaxBackward(c, j)
				}
			})
		},
	}), x, offsets)
}

// segmentOp adds what all segment operators have in common: offsets as second input.
// Backward reads the offsets, which say where a segment's rows lie, and therefore needs
// them.
func segmentOp(op ir.Operator) ir.Operator {
	op.In = []tensor.DType{tensor.Float32, tensor.Int32}
	op.NeedIn = append(op.NeedIn, 1)
	return op
}

// segments checks the inputs' shapes and returns B.
func segments(in []ir.Shape) (ir.Dim, error) {
	if len(in[0]) < 1 || len(in[0]) > 2 || len(in[1]) != 1 {
		return ir.Dim{}, fmt.Errorf("expected rows [N,D] and offsets [B+1], seen %v and %v", in[0], in[1])
	}
	// There is one offset more than there are segments.
	return in[1][0].Plus(-1), nil
}

// segmentRows returns [B,D] or, for numbers without columns, [B].
func segmentRows(in []ir.Shape) (ir.Shape, error) {
	b, err := segments(in)
	if err != nil {
		return nil, err
	}
	return append(ir.Shape{b}, in[0][1:]...), nil
}

// rowSegment is the rows from to to of a tensor with so many columns. index is b, and cols
// is 1 for numbers without columns.
type rowSegment struct{ index, from, to, cols int }

func (s rowSegment) row(t tensor.Tensor, r int) []float32 {
	return t.Float32s()[r*s.cols : (r+1)*s.cols]
}

// eachSegment checks the offsets, which come from outside, and calls f. All are checked
// before f is called at all.
func eachSegment(c *ir.Call, f func(rowSegment)) error {
	offsets, shape := c.In[1].Int32s(), c.In[0].Shape
	rows, cols := shape[0], 1
	if len(shape) == 2 {
		cols = shape[1]
	}
	if len(offsets) == 0 || offsets[0] != 0 || int(offsets[len(offsets)-1]) != rows {
		return fmt.Errorf("expected offsets from 0 to %d rows, seen %v", rows, brief(offsets))
	}
	for b := range len(offsets) - 1 {
		// All are checked before the first is used: together with the ends this keeps every
		// row in range.
		if offsets[b] > offsets[b+1] {
			return fmt.Errorf("offset %d is %d and the next %d: expected no smaller one", b, offsets[b], offsets[b+1])
		}
	}
	for b := range len(offsets) - 1 {
		f(rowSegment{b, int(offsets[b]), int(offsets[b+1]), cols})
	}
	return nil
}

// brief shows the ends of a list.
func brief(offsets []int32) string {
	if n := len(offsets); n > 4 {
		return fmt.Sprintf("%d offsets from %d to %d", n, offsets[0], offsets[n-1])
	}
	return fmt.Sprint(offsets)
}

// argmax writes the row of the greatest number of every column. Strictly greater, so that
// the first of equal numbers stays. The caller sees to it that there is a row.
func (s rowSegment) argmax(x tensor.Tensor, at []int32) {
	best := append([]float32(nil), s.row(x, s.from)...)
	for j := range at {
		at[j] = int32(s.from)
	}
	for r := s.from + 1; r < s.to; r++ {
		for j, v := range s.row(x, r) {
			if v > best[j] {
				best[j], at[j] = v, int32(r)
			}
		}
	}
}

// softmax writes column j. It subtracts the greatest number, so that no exponential
// overflows.
func (s rowSegment) softmax(out, in tensor.Tensor, j int) {
	x, y := in.Float32s()[j:], out.Float32s()[j:]
	top, total := math.Inf(-1), 0.0
	for r := s.from; r < s.to; r++ {
		top = max(top, float64(x[r*s.cols]))
	}
	for r := s.from; r < s.to; r++ {
		total += math.Exp(float64(x[r*s.cols]) - top)
	}
	for r := s.from; r < s.to; r++ {
		y[r*s.cols] = float32(math.Exp(float64(x[r*s.cols])-top) / total)
	}
}

// softmaxBackward writes dx = y·(dy - Σ y·dy) for column j.
func (s rowSegment) softmaxBackward(c *ir.Call, j int) {
	y, dy, dx := c.Out.Float32s()[j:], c.Grad.Float32s()[j:], c.Grads[0].Float32s()[j:]
	mean := 0.0
	for r := s.from; r < s.to; r++ {
		mean += float64(y[r*s.cols]) * float64(dy[r*s.cols])
	}
	for r := s.from; r < s.to; r++ {
		dx[r*s.cols] = y[r*s.cols] * float32(float64(dy[r*s.cols])-mean)
	}
}
