package metric

import (
	"math"
	"slices"

	"montage/core/tensor"
)

// Precision is the average precision of every class and its mean.
type Precision struct {
	Classes []float64 // NaN for a class without a true row: it is undefined there
	Mean    float64   // mAP: over the defined classes, NaN if there is none
	Defined int       // number of classes behind the mean
}

// AveragePrecision measures how well scores rank the rows of each class, at no
// threshold in particular: AP = Σ (R_n - R_{n-1}) P_n over the distinct scores.
//
//	scores: float32 [R, K], finite, of any range; not kept
//
// Source: scikit-learn, average_precision_score.
// Differs: a class without a true row is left out of the mean, where
// scikit-learn counts it as 0.
func AveragePrecision(truth Labels, scores tensor.Tensor) (Precision, error) {
	shape, err := blankFinite(scores)
	if err != nil {
		return Precision{}, err
	}
	if err := sameSize(truth, shape); err != nil {
		return Precision{}, err
	}
	precision := Precision{Classes: make([]float64, truth.Classes), Mean: math.NaN()}
	var defined []float64
	for class := range truth.Classes {
		ap := classPrecision(column(truth, scores, class))
		precision.Classes[class] = ap
		if !math.IsNaN(ap) {
			defined = append(defined, ap)
		}
	}
	precision.Defined = len(defined)
	if len(defined) > 0 {
		precision.Mean = mean(defined, nil)
	}
	return precision, nil
}

// ranked is one row as one class sees it.
type ranked struct {
	score float32
	hit   bool
}

// column returns a class's rows by falling score.
func column(truth Labels, scores tensor.Tensor, class int) []ranked {
	rows := make([]ranked, truth.Rows)
	for row := range rows {
		rows[row] = ranked{score: scores.Row(row)[class], hit: truth.Has(row, class)}
	}
	slices.SortFunc(rows, func(a, b ranked) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0 // rows of one score enter the curve together, in any order
	})
	return rows
}

func classPrecision(rows []ranked) float64 {
	total := 0
	for _, r := range rows {
		total += toInt(r.hit)
	}
	if total == 0 {
		return math.NaN()
	}
	var steps []float64
	hits, recall := 0, 0.0
	for i, r := range rows {
		hits += toInt(r.hit)
		if i+1 < len(rows) && rows[i+1].score == r.score {
			continue // the next point of the curve is after the last equal score
		}
		next := ratio(hits, total)
		steps = append(steps, (next-recall)*ratio(hits, i+1))
		recall = next
	}
	slices.Reverse(steps) // scikit-learn adds from the lowest score up
	return sum(steps)
}
