package metric

import (
	"fmt"

	"montage/core/tensor"
)

// Accuracy returns the fraction of rows whose highest score is that of the true
// class, for a task with one class per row, such as SESEMI's proxy task. Of equal
// scores the lower class index wins. A row with no or several true classes is an
// error.
//
//	scores: float32 [R, K], finite, of any range; not kept
func Accuracy(truth Labels, scores tensor.Tensor) (float64, error) {
	best, err := TopK(scores, 1)
	if err != nil {
		return 0, err
	}
	if err := sameSize(truth, best); err != nil {
		return 0, err
	}
	right := 0
	for row := range truth.Rows {
		classes := truth.Row(row)
		if len(classes) != 1 {
			return 0, fmt.Errorf("targets: row %d has %d classes, expected exactly one", row, len(classes))
		}
		right += toInt(best.Has(row, classes[0]))
	}
	return ratio(right, truth.Rows), nil
}
