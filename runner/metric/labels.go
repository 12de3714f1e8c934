package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"montage/core/tensor"
)

// Labels holds the classes of every row: the truth, or a prediction.
type Labels struct {
	Rows, Classes int
	on            []bool // row-major
}

// NewLabels reads labels from targets.
//
//	targets: float32 [R, K], every element 0 or 1; not kept
//
// Any other dtype, rank or element is an error, and so are targets without rows
// or classes: no average is defined over them.
func NewLabels(targets tensor.Tensor) (Labels, error) {
	labels, err := blank("targets", targets)
	if err != nil {
		return Labels{}, err
	}
	for i, v := range targets.Float32s() {
		if v != 0 && v != 1 {
			return Labels{}, fmt.Errorf("targets: row %d, class %d is %v, expected 0 or 1", i/labels.Classes,
				i%labels.Classes, v)
		}
		labels.on[i] = v == 1
	}
	return labels, nil
}

// TopK predicts the k classes of highest score of every row. Of equal scores the
// lower class index goes first. A k beyond the number of classes predicts them all.
//
//	scores: float32 [R, K], finite, of any range; not kept
func TopK(scores tensor.Tensor, k int) (Labels, error) {
	if k < 1 {
		return Labels{}, fmt.Errorf("top k: k is %d, expected 1 or more", k)
	}
	labels, err := blankFinite(scores)
	if err != nil {
		return Labels{}, err
	}
	for row := range labels.Rows {
		for _, class := range ranking(scores.Row(row))[:min(k, labels.Classes)] {
			labels.on[row*labels.Classes+class] = true
		}
	}
	return labels, nil
}

// Above predicts every class whose score is greater than the threshold. Reports,
// predictions and probes agree, because all of them compare here. A score of
// exactly 0.5 is not above 0.5: the reference evaluation rounds probabilities, and numpy and
// PyTorch round 0.5 to 0. The comparison is in float32, as theirs is.
//
//	scores: float32 [R, K], finite, of the threshold's range; not kept
func Above(scores tensor.Tensor, threshold float64) (Labels, error) {
	if math.IsNaN(threshold) {
		return Labels{}, fmt.Errorf("threshold is NaN, expected a number")
	}
	labels, err := blankFinite(scores)
	if err != nil {
		return Labels{}, err
	}
	for i, score := range scores.Float32s() {
		labels.on[i] = score > float32(threshold)
	}
	return labels, nil
}

// Has reports whether a row has a class.
func (l Labels) Has(row, class int) bool { return l.on[row*l.Classes+class] }

// Row returns the classes that a row has, ascending.
func (l Labels) Row(row int) []int {
	var classes []int
	for class := range l.Classes {
		if l.Has(row, class) {
			classes = append(classes, class)
		}
	}
	return classes
}

// ranking returns the class indices by falling score, ties by index.
func ranking(scores []float32) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return order
}

// blank returns labels without any class set, for a float32 matrix.
func blank(what string, t tensor.Tensor) (Labels, error) {
	if t.DType != tensor.Float32 || len(t.Shape) != 2 || t.Len() == 0 {
		return Labels{}, fmt.Errorf("%s: expected float32[R K] with at least one row and one class, got %v", what, t)
	}
	return Labels{Rows: t.Shape[0], Classes: t.Shape[1], on: make([]bool, t.Len())}, nil
}

func blankFinite(scores tensor.Tensor) (Labels, error) {
	labels, err := blank("scores", scores)
	if err != nil {
		return Labels{}, err
	}
	for i, v := range scores.Float32s() {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return Labels{}, fmt.Errorf("scores: row %d, class %d is %v, expected a finite number", i/labels.Classes,
				i%labels.Classes, v)
		}
	}
	return labels, nil
}
